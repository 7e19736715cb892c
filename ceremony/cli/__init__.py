"""The commands. Nothing is imported here that `--help` does not need."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from ceremony.errors import CeremonyError, Interrupted
from ceremony.room.speaking import complain, say, say_text, visible

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction["_Parser"]  # noqa: SLF001 - argparse has no public name for it

EXIT_OK, EXIT_NOT, EXIT_COULD_NOT = 0, 1, 2

OPEN_MODULES = ("run", "rehearse", "token")
"""Commands that load a PKCS#11 module, beside the app."""


def start() -> int:
    """The command `ceremony`. Where a module of a token may be loaded, the program first starts itself anew."""
    return _run_command(sys.argv[1:], _start_anew)


def restarted() -> int:
    """The same in the process that was started clean; what was said of the start stands before the arguments."""
    return _run_command(sys.argv[3:], _settle)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command in this very process, with the environment that it has; returns its exit code."""
    return _run_command(arguments, lambda _: None)


def _start_anew(options: argparse.Namespace) -> None:
    if options.opens_module:
        from ceremony.room.clean_start import start_anew

        start_anew(sys.argv[1:], options.environment or ())


def _settle(options: argparse.Namespace) -> None:
    from ceremony.cli.places import place
    from ceremony.room.clean_start import settled

    options.started = settled(sys.argv[2], options.environment or ())
    place(options)


def _run_command(arguments: Sequence[str] | None, begin: Callable[[argparse.Namespace], None]) -> int:
    """Nothing that reaches a person is a traceback. `begin` sees the arguments before the command does."""
    from ceremony.room.memory import forbid_core_dumps

    forbid_core_dumps()  # before anything is read: a PIN may wait in a pipe, and no argument is looked at yet
    os.umask(0o022)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started the program: the exit code still tells
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - open to the end
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        begin(options)
        code = int(options.command(options))
        sys.stdout.flush()
        return code
    except Interrupted as interruption:
        complain(*interruption.paragraphs())
        return EXIT_NOT
    except CeremonyError as error:
        complain(*error.paragraphs())
        return EXIT_COULD_NOT if options.name == "verify" else EXIT_NOT
    except KeyboardInterrupt:
        complain("Stopped before anything was begun.")
        return 130
    except BrokenPipeError:
        # the reader went away (a pager, head): nothing is said, but nothing is called good that was not heard out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_COULD_NOT
    except OSError as error:
        complain(f"The system refused something: {error.strerror or type(error).__name__}.")
        if error.filename is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_COULD_NOT
    except RecursionError:
        complain("The input is nested too deeply to be read.")
        return EXIT_COULD_NOT
    except Exception as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"  # noqa: PTH119 - only the last part of a name
        complain(
            f"The program failed; this is a fault in it: {type(error).__name__} at {place}.",
            "What to do: keep what it wrote, and report this line.",
        )
        return EXIT_COULD_NOT


class _Parser(argparse.ArgumentParser):
    """Speaks as everything else here does: an argument cannot steer the terminal that it is repeated on."""

    def _print_message(self, message: str, file: Any = None) -> None:  # argparse has no other hook
        if message:
            say_text(message, to=file if file is not None else sys.stderr)

    def error(self, message: str) -> NoReturn:
        """Called where the arguments cannot be understood; exit code 2."""
        super().error(visible(message))


class _Version(argparse.Action):
    """Says which program this is: its files are read only when somebody asks."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from ceremony.room.program import PROGRAM, program_sha256

        say(PROGRAM, f"program SHA-256 {program_sha256()}")
        parser.exit()


def _parser() -> _Parser:
    parser = _Parser(
        prog="ceremony",
        description="Scripted key ceremonies of an offline root CA, with a record that proves itself.",
        epilog="Without a command the app opens, to rehearse one of the scripts under policies/.",
    )
    parser.add_argument(
        "--version", action=_Version, nargs=0, help="the version, and the digest of the program's files"
    )
    parser.set_defaults(command=_open_app, name="", script=None, policies="policies", archive=None, module=None)
    parser.set_defaults(opens_module=True, environment=None, started=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    plan = _command(commands, "plan", _plan, "compile a script: certificates in plain words, findings, counts")
    planned = plan.add_mutually_exclusive_group(required=True)
    planned.add_argument("script", metavar="SCRIPT", nargs="?", help="a ceremony script (YAML)")
    planned.add_argument("--of", metavar="FOLDER", help="the plan of a ceremony that was held, from its folder alone")
    plan.add_argument("--archive", metavar="DIR", help="where past ceremonies are (./archive)")
    plan.add_argument("--practice", action="store_true", help="plan it as a rehearsal")
    _misdated(plan)
    plan.add_argument("--json", action="store_true", help="for programs")

    for name, function, text in (
        ("run", _run, "perform a script on the production token, full screen"),
        ("rehearse", _rehearse, "perform the same script on a practice token made for it"),
    ):
        perform = _command(commands, name, function, text)
        perform.add_argument("script", metavar="SCRIPT", nargs="?", help="a ceremony script; asked for if left out")
        perform.add_argument("--archive", metavar="DIR", help="where past ceremonies are and this one goes (./archive)")
        perform.add_argument("--export", metavar="DIR", help="folder of the medium that the export step writes to")
        perform.add_argument("--policies", metavar="DIR", default="policies", help="where the picker looks for scripts")
        perform.add_argument(
            "--plain", action="store_true", help="line by line, for screen readers and serial consoles"
        )
        perform.add_argument("--secrets-fd", metavar="N", type=int, help="read PINs from this file descriptor")
        perform.add_argument(
            "--card-printer", metavar="DEVICE", help="let holders print the cards of their shares (/dev/usb/lp0)"
        )
        _misdated(perform)
        if name == "run":
            perform.add_argument("--module", metavar="PATH", help="the PKCS#11 module, instead of the script's")
            _let_in(perform)
        else:
            perform.add_argument(
                "--tokens", metavar="DIR", help="keep the practice tokens there, for the next rehearsal"
            )
            perform.add_argument(
                "--unattended", metavar="ANSWERS", help="play the answers of this file, without people"
            )

    verify = _command(
        commands, "verify", _verify, "prove an archive or one ceremony: exit 0 proved, 1 not, 2 could not"
    )
    verify.add_argument("path", metavar="PATH", help="an archive, or the folder of one ceremony")
    verify.add_argument("--receipt", metavar="FILE", action="append", help="a slip that somebody took home; repeatable")
    verify.add_argument("--production", action="store_true", help="judge production alone; a rehearsal is refused")
    verify.add_argument("--all", action="store_true", help="every rule and every limit, ceremony by ceremony")
    verify.add_argument("--json", action="store_true", help="for programs")

    register = _command(
        commands, "register", _register, "what an archive adds up to: keys, certificates, lists, and what is due"
    )
    register.add_argument("archive", metavar="ARCHIVE", help="the folder that holds the ceremonies")
    register.add_argument("--practice", action="store_true", help="the register of rehearsals, not of production")
    register.add_argument("--on", metavar="DATE", help="as it was at the end of that day, in UTC: 2026-11-22")
    register.add_argument("--json", action="store_true", help="for programs")
    _misdated(register)

    token = _command(commands, "token", _token, "PKCS#11 housekeeping")
    actions = token.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, text in (
        ("list", "the tokens that a module shows"),
        ("inspect", "one token: what it is, and what it can do"),
        ("init", "initialise an empty token; asks for both PINs"),
    ):
        action = actions.add_parser(name, help=text, description=text)
        action.add_argument("--module", metavar="PATH", default="softhsm", help="PKCS#11 module (default: SoftHSM)")
        _let_in(action)
        if name != "list":
            action.add_argument("label", metavar="LABEL", help="the token's label")
        if name == "inspect":
            action.add_argument("--serial", metavar="SERIAL", help="its serial number, where two share a label")
        if name != "init":
            action.add_argument("--json", action="store_true", help="for programs")
        action.set_defaults(action=name)

    policy = _command(commands, "policy", _policy, "the rules of what may be signed")
    actions = policy.add_subparsers(title="actions", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="read a policy and say everything that is wrong with it")
    check.add_argument("path", metavar="POLICY", help="a policy file (YAML)")
    check.set_defaults(action="check")
    derive = actions.add_parser("derive", help="write the policy that would say certificates that exist")
    derive.add_argument("certificates", metavar="CERT", nargs="+", help="certificates, PEM (one or several) or DER")
    derive.add_argument("--check", action="store_true", help="build each one again: exit 0 only where all are equal")
    derive.add_argument("--lifetime", action="store_true", help="write a lifetime instead of dates, where they are one")
    derive.add_argument("--output", metavar="FILE", help="a new file for the policy (default: standard output)")
    derive.set_defaults(command=_derive, action="derive")
    explain = actions.add_parser(
        "explain", help="one rule: what it asks, where it comes from, since when; or one kind of step"
    )
    explain.add_argument(
        "rule", metavar="RULE", help="the id that a finding shows, such as CC-1; or a kind of step, such as sign-crl"
    )
    explain.set_defaults(action="explain")
    schema = actions.add_parser("schema", help="JSON Schema for editors")
    schema.add_argument("of", choices=("policy", "script", "people"), nargs="?", default="policy")
    schema.set_defaults(action="schema")
    return parser


def _command(commands: _Commands, name: str, function: Callable[..., int], text: str) -> _Parser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(command=function, name=name, opens_module=name in OPEN_MODULES)
    return parser


def _let_in(parser: _Parser) -> None:
    parser.add_argument(
        "--environment",
        metavar="NAME",
        action="append",
        help="let this variable in, where the module of the token needs it; repeatable; people are asked why",
    )


def _misdated(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--misdated", metavar="FOLDER", help="go on although this last ceremony is dated after this machine's clock"
    )


def _open_app(options: argparse.Namespace) -> int:
    from ceremony.cli.beginning import open_picker

    return open_picker(options)


def _plan(options: argparse.Namespace) -> int:
    from ceremony.cli.planning import plan

    return plan(options)


def _run(options: argparse.Namespace) -> int:
    from ceremony.cli.beginning import run

    return run(options)


def _rehearse(options: argparse.Namespace) -> int:
    from ceremony.cli.beginning import rehearse

    return rehearse(options)


def _verify(options: argparse.Namespace) -> int:
    from ceremony.cli.proving import verify

    return verify(options)


def _register(options: argparse.Namespace) -> int:
    from ceremony.cli.registering import register

    return register(options)


def _token(options: argparse.Namespace) -> int:
    from ceremony.cli.tokens import token

    return token(options)


def _derive(options: argparse.Namespace) -> int:
    from ceremony.cli.deriving import derive

    return derive(options)


def _policy(options: argparse.Namespace) -> int:
    from ceremony.cli.policies import policy

    return policy(options)
