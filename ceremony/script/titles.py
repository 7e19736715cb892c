"""What a step is called in lists, where its script does not say."""

from __future__ import annotations

from ceremony.policy.models import Policy
from ceremony.script import models
from ceremony.script.models import Step

PLAIN: dict[type[models.StepBase], str] = {
    models.RollCall: "Roll-call",
    models.Attest: "Attest",
    models.Record: "Record",
    models.CompareClock: "Compare the clock",
    models.ReviewInventory: "Review the token's inventory",
    models.Export: "Export",
    models.Incident: "Record the incident",
    models.Close: "Close and seal",
}


def step_title(step: Step, policy: Policy) -> str:
    """The script's own title, or one made of the step's kind."""
    if step.title is not None:
        return step.title
    match step:
        case models.OpenToken(shares=models.PinShares() as split):
            return f"Initialise the token, its PINs split {split.threshold} of {split.count}"
        case models.OpenToken():
            return "Initialise the token" if step.initialise else "Open the token"
        case models.RenewPins(shares=split, token=other):
            whose = f"the PINs of token {other}" if other else "the token's PINs"
            return f"Renew {whose}, split {split.threshold} of {split.count}"
        case models.GenerateKey():
            return f"Generate key {step.key} ({policy.keys[step.profile].algorithm})"
        case models.ParkKey():
            return f"Park key {step.key}"
        case models.SelfSign():
            return f"Self-sign {step.certificate}"
        case models.Issue():
            return f"Issue {step.certificate}"
        case models.CrossSign():
            return f"Cross-sign {step.certificate}"
        case models.MakeRequest():
            return f"Make request {step.request}"
        case models.SignCrl():
            return f"Sign CRL {step.crl}"
        case models.SignOcsp():
            return f"Sign OCSP responses of {step.issuer}"
        case models.BackupKey(shares=models.PinShares() as split):
            return f"Back up {', '.join(step.keys)}, the token's PINs split {split.threshold} of {split.count}"
        case models.BackupKey():
            return f"Back up {', '.join(step.keys)}"
        case models.RestoreTest():
            return f"Test the backup of {', '.join(step.keys)}"
        case models.DestroyKey():
            return f"Destroy key {step.key}"
        case models.ReceiveItems():
            return f"Receive {', '.join(step.items)}"
        case models.CheckBag():
            return f"Look at the bag of {', '.join(step.items)}"
        case models.OpenBag():
            return f"Open the bag of {', '.join(step.items)}"
        case models.SealBag():
            return f"Seal {', '.join(step.items)}"
        case models.HandOver():
            return f"Hand over {', '.join(step.items)}"
        case models.DestroyItem():
            return f"Destroy {step.item}"
        case _:
            return PLAIN[type(step)]
