"""Rule packs: what the standards and root programmes demand, as dated data with small functions over bytes."""
