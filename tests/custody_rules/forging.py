"""A forger who owns every key: whatever he changes, he signs, chains and seals anew. What is left is the lie."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ceremony.canonical import canonical_json
from ceremony.custody.consent import approval_statement
from ceremony.custody.load import load_people
from ceremony.custody.read_back import slices
from ceremony.custody.receipts import parse_receipt
from ceremony.custody.slips import receipt_files
from ceremony.script.plan import Plan
from ceremony.transcript.kinds import Approved, Attested
from ceremony.verify.ceremony import verify_ceremony
from ceremony.verify.evidence import Evidence
from tests.custody_rules.house import EVERYBODY
from tests.house.credentials import certificate
from tests.house.forger import Forger, Line


class Owner(Forger):
    """At work on a copy of one ceremony. The people file names his certificates; nobody has anchored its digest."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.heads = {self.head(line): line for line in self.lines}
        self.keys = {person: ec.generate_private_key(ec.SECP256R1()) for person in EVERYBODY}
        self.certificates = {person: certificate(key, name=self.name(person)) for person, key in self.keys.items()}
        self.kept: list[Line] = []
        """Lines whose data stays as the lie has it."""
        self.people = {}
        for person in EVERYBODY:
            old = (folder / f"inputs/credentials/{person}.der").read_bytes()
            self.people[hashlib.sha256(old).hexdigest()] = person

    def name(self, person: str) -> str:
        """What the people file calls somebody."""
        return next(one.name for one in load_people(self.folder / "people.yaml").people.people if one.id == person)

    @staticmethod
    def head(line: Line) -> str:
        return hashlib.sha256(canonical_json(line)).hexdigest()

    def change(self, line: Line, **changes: Any) -> None:
        """Say something else on a line, and mend nothing about it afterwards."""
        line["data"] = {**line["data"], **changes}
        self.kept.append(line)

    def failed(self, *, heads: bool = True) -> set[str]:
        """The rules that find something, after everything was put in order again."""
        del heads  # every line is mended, but for those that are changed by `change`
        self._people()
        for person in EVERYBODY:
            self.artefact(f"inputs/credentials/{person}.der", self.certificates[person])
        self.artefact("inputs/seal-certificate.der", self.certificates["rini"])
        plan = Evidence(self.folder).plan
        self.lines[0]["data"]["plan_sha256"] = plan.sha256
        self._chain(plan)
        self.key, self.certificate = self.keys["rini"], x509.load_der_x509_certificate(self.certificates["rini"])
        self.seal_record()
        self.sums()
        return {check.id for check in verify_ceremony(self.folder).failed}

    def _people(self) -> None:
        path = self.folder / "people.yaml"
        text = path.read_text()
        for digest, person in self.people.items():
            text = text.replace(digest, hashlib.sha256(self.certificates[person]).hexdigest())
        path.write_text(text)
        self.inputs()

    def _chain(self, plan: Plan) -> None:
        before, new, mono = "0" * 64, {"0" * 64: "0" * 64}, -1
        old = {id(line): head for head, line in self.heads.items()}
        for number, line in enumerate(self.lines, start=1):
            mono = max(line["mono"], mono + 1)
            line |= {"seq": number, "prev": before, "mono": mono}
            if not any(line is item for item in self.kept):
                self._mend(line, before, new, plan)
            before = self.head(line)
            if id(line) in old:
                new[old[id(line)]] = before
        self.write()

    def _mend(self, line: Line, before: str, new: dict[str, str], plan: Plan) -> None:
        data = line["data"]
        match line["kind"]:
            case "approved":
                person, digest = plan.people[data["person"]], data["to_be_signed_sha256"]
                words = approval_statement(person, data["what"], data["name"], digest)
                data |= {"plan_sha256": plan.sha256, "chain_head": before, "statement": words}
                self.sign(line)
            case "attested":
                data["chain_head"] = before
                self.sign(line)
            case "digest-read-back":
                data["chain_head"] = new[data["chain_head"]]
                place = (line["step"], line["attempt"])
                people = [
                    item["data"]["person"] for item in self.of("approved") if (item["step"], item["attempt"]) == place
                ]
                people = list(dict.fromkeys(people))
                asked = {item.person: item.positions for item in slices(data["digest"], data["chain_head"], people)}
                data["positions"] = list(asked.get(data["person"], data["positions"]))
            case "artefacts-intended" if any(path.startswith("receipts/") for path in data["paths"]):
                self._receipts(data["paths"], before)
            case "ceremony-closed":
                data["seal_certificate_sha256"] = hashlib.sha256(self.certificates["rini"]).hexdigest()

    def sign(self, line: Line, holder: str = "", named: str = "") -> None:
        """The signature of who speaks on a line, or of somebody else, over what stands there.

        It names the signer's own certificate, or that of `named`.
        """
        data = line["data"]
        if data["method"] == "typed":
            return
        holder = holder or data["person"]
        data["credential_sha256"] = hashlib.sha256(self.certificates[named or holder]).hexdigest()
        model = {"approved": Approved, "attested": Attested}[line["kind"]].model_validate_json(json.dumps(data))
        data["signature"] = self.keys[holder].sign(model.said, ec.ECDSA(hashes.SHA256())).hex()

    def _receipts(self, paths: list[str], head: str) -> None:
        for path in paths:
            if path.endswith(".json"):
                receipt = parse_receipt((self.folder / path).read_bytes())
                for name, octets in receipt_files(receipt.model_copy(update={"head": head})):
                    self.artefact(name, octets)
