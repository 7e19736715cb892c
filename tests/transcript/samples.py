"""One sample of each kind of event, and a state in which each kind that changes something has something to change."""

from __future__ import annotations

from ceremony.transcript import kinds
from ceremony.transcript.kinds import EventData, HeldItem, Library, Named, WrittenFile
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.register_entries import BagEntry, ItemEntry
from ceremony.transcript.state import CeremonyState, fold
from tests.transcript.lines import line

SHA = "ab" * 32
DRAWN = kinds.Drawn(token="01", system="02")
ID = "cd" * 20
AT = "2026-11-22T01:02:03Z"
FILE = WrittenFile(path="certificates/root.der", sha256=SHA, size=3)
TOKEN = {"label": "ROOT", "serial": "17"}
KEY = {"key": "root", "key_id": ID}
SET = {"label": "ROOT", "purpose": "user-pin", "threshold": 2, "count": 3, "identifier": 77, "check_value": "0badcafe"}
SHARE = {"label": "ROOT", "purpose": "user-pin", "index": 1, "person": "ayu"}
SAID = {"ceremony_id": "0001-x", "chain_head": SHA, "person": "ayu", "method": "typed"}
BUILT = {"profile": "root", "signer_key": "root", "algorithm": "p-256", "size": 9, "sha256": SHA}
DATES = {"this_update": AT, "next_update": AT, "renew_by": AT}
ITEM = HeldItem(item="stick", serial="9")
BAG = {"number": "B-1", "expected": "B-1", "condition": "intact", "items": ("stick",)}

SAMPLES: tuple[EventData, ...] = (
    kinds.CeremonyOpened(
        ceremony_id="0001-x",
        mode="practice",
        title="A root",
        script_id="x",
        script_version="1",
        script_sha256=SHA,
        policy_sha256=SHA,
        people_sha256=SHA,
        plan_sha256=SHA,
        key_generations=1,
        signatures=1,
        challenges=0,
        inputs=(FILE,),
        previous_ceremony="",
        previous_head="",
        program="1",
        program_sha256=SHA,
        libraries=(Library(name="x", version="1", sha256=SHA),),
        machine=(),
        overrides=(),
        left_out=(),
        stand_in=False,
    ),
    kinds.StepBegun(number=1, step_kind="roll-call", title="Call the roll"),
    kinds.StepDone(number=1),
    kinds.StepFailed(number=1, code="X", headline="It failed.", detail="So.", decision="abort", after=7),
    kinds.PreparationFailed(code="X", headline="It failed.", detail="So.", decision="abort", after=7),
    kinds.Note(text="All is well."),
    kinds.Deviation(expected="a", happened="b", decided="c", decided_by="ayu", raised_by="ayu"),
    kinds.Departure(expected="a", happened="b", decided="c", decided_by="ayu"),
    kinds.Dissent(deviation=7, person="ayu", words="No."),
    kinds.InterruptionRecorded(cause="Ctrl-C", after=7, decided=True),
    kinds.CeremonyAborted(
        reason="No.",
        keys=("root",),
        certificates=(),
        token="ROOT",
        made=(),
        notes=0,
        deviations=0,
        present=("ayu",),
        unsealed="",
        sealed_by="ayu",
        seal_certificate_sha256=SHA,
        seal_token="AYU",
    ),
    kinds.IncidentRecorded(what="Lost.", aware_at=AT, hours=24, deadline=AT, late=False),
    kinds.RehearsalCompared(
        name="root",
        sha256=SHA,
        rehearsal="0001-x",
        rehearsal_head=SHA,
        rehearsal_sha256=SHA,
        fields=4,
        holes=("serial",),
        differences=(),
    ),
    kinds.CeremonyClosed(
        keys=1,
        signatures=1,
        certificates=1,
        notes=0,
        deviations=0,
        present=("ayu",),
        sealed_by="ayu",
        seal_certificate_sha256=SHA,
        seal_token="AYU",
    ),
    kinds.KeyParked(**KEY, reason="For later."),
    kinds.BackupIntended(**KEY, spki_sha256=SHA, label="VAULT", serial="18"),
    kinds.KeyBackedUp(
        **KEY,
        spki_sha256=SHA,
        label="VAULT",
        serial="18",
        facts=(),
        locked=(Named(name="extractable", value="false"),),
        restored=(),
        lock_answer="CKR_KEY_UNEXTRACTABLE",
    ),
    kinds.RestoreTestIntended(**KEY, label="VAULT", serial="18", challenge="00", algorithm="p-256", drawn=DRAWN),
    kinds.RestoreTested(**KEY, label="VAULT", serial="18", challenge="00", algorithm="p-256", signature="00"),
    kinds.DestructionIntended(**KEY, spki_sha256=SHA),
    kinds.KeyDestroyed(**KEY, **TOKEN, spki_sha256=SHA, reason="The end.", facts=()),
    kinds.ArtefactIntended(what="artefact", name="root", paths=("a", "b")),
    kinds.ArtefactsWritten(what="artefact", name="root", files=(FILE,)),
    kinds.ExportIntended(medium="stick", folder="out", paths=("a",)),
    kinds.Exported(medium="stick", folder="out", files=(FILE,)),
    kinds.PersonPresent(person="siti", name="Siti", organisation="CA", role="witness", statement="I am here."),
    kinds.Instructed(text="Do it."),
    kinds.Confirmed(about="script", person="ayu", statement="It is so.", word="YES"),
    kinds.Attested(**SAID, statement="I agree.", agrees=True, words=""),
    kinds.Evidence(fields=(Named(name="bag", value="7"),)),
    kinds.ClockCompared(
        machine=AT, reference=AT, source="A watch", offset_seconds=1, adopted="reference", agreed_offset_seconds=1
    ),
    kinds.ClockDeparted(
        departs_from="earlier-record",
        ceremony="0001-small",
        said=AT,
        agreed=AT,
        decided="The radio clock is right.",
        decided_by="ayu",
    ),
    kinds.ClockJumped(seconds=4),
    kinds.PersonLeft(person="ayu", reason="A call."),
    kinds.PersonReturned(person="budi"),
    kinds.CertificateUnseen(person="ayu"),
    kinds.CertificateEnds(person="ayu", not_after=AT),
    kinds.RemarkRefused(move="left", who="budi", reason="A call."),
    kinds.QuorumAwaited(role="officer", needed=2, present=1, missing=("budi", "siti")),
    kinds.BreakBegun(reason="Lunch.", sealed="All in B-1."),
    kinds.BreakEnded(heads=3, bags="As they were."),
    kinds.CeremonyResumed(
        reason="Cut.",
        torn_octets=0,
        torn_sha256="",
        found=(),
        removed=(),
        program="1",
        program_sha256=SHA,
        libraries=(),
        machine=(),
        overrides=(),
        left_out=(),
        modules=(),
    ),
    kinds.ResumptionAgreed(step="sign", attempt=2, people=("ayu",)),
    kinds.KeyAdopted(**KEY, **TOKEN, spki_sha256=SHA),
    kinds.DiscardIntended(key="other", key_id="ee"),
    kinds.KeyDiscarded(key="other", key_id="ef", **TOKEN, found=()),
    kinds.SwapLookedAt(areas=("/swap",)),
    kinds.SharesMade.model_validate(
        SET | {"identifier": 78, "entropy": ("os",), "holders": (kinds.ShareHolder(index=1, person="ayu"),)}
    ),
    kinds.ShareShown.model_validate(SHARE),
    kinds.ShareEntered.model_validate(SHARE | {"tries": 1, "shown": 0}),
    kinds.ShareRefused.model_validate(SHARE | {"code": "X"}),
    kinds.SharePassed.model_validate(SHARE | {"tries": 1}),
    kinds.SharesRefused(label="ROOT", purpose="user-pin", identifier=77, persons=("ayu", "budi"), code="X"),
    kinds.PinChanging(**TOKEN, purpose="user-pin", identifier=77),
    kinds.PinChanged(**TOKEN, purpose="user-pin", identifier=77, replaced=None),
    kinds.SharesProved.model_validate(SET | {"sets_possible": 3, "sets_combined": 3}),
    kinds.RequestRead(name="sub", path="sub.csr", sha256=SHA, subject="CN=Sub", spki_sha256=SHA, asked=()),
    kinds.SerialDrawn(name="root", octets="01", serial="01", source="token", drawn=DRAWN),
    kinds.Linted(name="root", stage="signed", sha256=SHA, linters="pkilint", findings=()),
    kinds.WaiverUsed(
        name="root", profile="root", rules=("R",), sources=(), reason="So.", expires="2027", approved_by="The board"
    ),
    kinds.Reviewed(name="root", sha256=SHA, unequal=0, person="ayu"),
    kinds.Approved.model_validate(
        SAID
        | {
            "step": "sign",
            "attempt": 1,
            "what": "certificate",
            "name": "root",
            "to_be_signed_sha256": SHA,
            "plan_sha256": SHA,
            "statement": "I am Ayu. I approve it.",
            "algorithm": "ecdsa-sha256",
            "signature": "3006020101020101",
        }
    ),
    kinds.ReadBack(name="root", digest=SHA, chain_head=SHA, person="ayu", positions=(1, 2)),
    kinds.ApprovalRefused(name="root", to_be_signed_sha256=SHA, person="ayu"),
    kinds.SignatureIntended(
        what="certificate", name="root", to_be_signed_sha256=SHA, signer_key="root", key_id=ID, algorithm="p-256"
    ),
    kinds.Signed(what="certificate", name="root", to_be_signed_sha256=SHA, signature="00", artefact_sha256=SHA),
    kinds.CertificateBuilt.model_validate(
        BUILT
        | {
            "name": "root",
            "issuer": "root",
            "key": "root",
            "serial": "01",
            "not_before": AT,
            "not_after": AT,
            "spki_sha256": SHA,
        }
    ),
    kinds.CrlBuilt.model_validate(
        BUILT
        | DATES
        | {
            "name": "list",
            "issuer": "root",
            "number": "1",
            "base_number": "",
            "previous_number": "",
            "previous_sha256": "",
            "kept": 0,
            "added": (kinds.RevokedEntry(serial="02", revoked_at=AT, reason="superseded"),),
            "added_in_bulk": 0,
            "replaced": (),
            "expired": (),
        }
    ),
    kinds.RequestBuilt.model_validate(BUILT | {"name": "ask", "spki_sha256": SHA}),
    kinds.ResponseBuilt.model_validate(
        BUILT
        | DATES
        | {
            "name": "answer",
            "issuer": "root",
            "responder": "root",
            "certificate": "sub",
            "serial": "02",
            "status": "good",
            "revoked_at": "",
            "reason": "",
            "produced_at": AT,
        }
    ),
    kinds.TokenFound(
        purpose="ceremony",
        label="OTHER",
        serial="3",
        manufacturer="M",
        model="m",
        hardware="1",
        firmware="1",
        module="/lib/x.so",
        module_sha256=SHA,
        library="x",
    ),
    kinds.TokenInitialising(label="VAULT"),
    kinds.TokenInitialised(label="HALF", serial="19"),
    kinds.TokenOpened(label="VAULT", serial="18", person="ayu", tries=1),
    kinds.PinRefused(label="ROOT", person="ayu", tries=""),
    kinds.TokenClosed(label="ROOT"),
    kinds.TokenGone(label="ROOT"),
    kinds.KeyIntended(key="next", key_id="ff", algorithm="p-256", profile="root", drawn=DRAWN),
    kinds.KeyMade(
        key="next",
        key_id="ff",
        algorithm="p-256",
        profile="root",
        spki="30",
        spki_sha256=SHA,
        attributes=(Named(name="extractable", value="true"),),
    ),
    kinds.InventoryReviewed(
        **TOKEN,
        objects=(kinds.InventoryItem(object_class="private-key", label="root", key_id=ID),),
        missing=(),
        unexplained=(),
    ),
    kinds.ItemReceived(item="laptop", what="A laptop", serial="5", packaging="", condition="intact"),
    kinds.BagChecked.model_validate(BAG),
    kinds.BagOpened.model_validate(BAG),
    kinds.ContentsFound(number="B-1", items=(ITEM,)),
    kinds.ItemMissing(item="stick", serial="9", number="B-1"),
    kinds.BagSealed(number="B-2", safe="Safe", items=(ITEM,), after_close=False),
    kinds.ItemsHandedOver(items=(ITEM,), to="Budi", to_person="budi"),
    kinds.ItemDestroyed(item="stick", serial="9", method="Shredded."),
    kinds.ItemStays(item="stick", serial="9"),
)

_BEFORE: tuple[EventData, ...] = (
    kinds.PersonPresent(person="ayu", name="Ayu", organisation="CA", role="officer", statement="I am here."),
    kinds.PersonPresent(person="budi", name="Budi", organisation="CA", role="officer", statement="I am here."),
    kinds.PersonLeft(person="budi", reason="A call."),
    kinds.BreakBegun(reason="Lunch.", sealed="All."),
    kinds.TokenInitialising(label="HALF"),
    kinds.TokenOpened(**TOKEN, person="ayu", tries=1),
    kinds.SharesMade.model_validate(SET | {"entropy": ("os",), "holders": ()}),
    kinds.ArtefactIntended(what="artefact", name="root", paths=(FILE.path,)),
    kinds.ExportIntended(medium="stick", folder="out", paths=("a",)),
    kinds.KeyIntended(key="other", key_id="ef", algorithm="p-256", profile="root", drawn=DRAWN),
)


def a_state() -> CeremonyState:
    """In the middle of a ceremony: people, an open token, things announced, a bag in the safe, a break."""
    bag = BagEntry(number="B-1", safe="Safe", items=("stick",), sealed_at=AT, ceremony="0001-y")
    stick = ItemEntry(name="stick", what="A stick", serial="9", place="bag", bag="B-1", since=AT, ceremony="0001-y")
    ledger = Ledger("0002-x", {"stick": stick}, {"B-1": bag})
    return fold(map(line, _BEFORE), CeremonyState(ledger=ledger))
