"""Where the keys live: PKCS#11 and nothing else."""
