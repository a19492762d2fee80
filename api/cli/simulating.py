"""`jinpai simulate ratings`: what colluders achieve, and how near scores come to the truth, by a scheme."""

from pathlib import Path

from api.cli.terminal import CommandFailed, Exit, both, give_json, give_table, say
from evaluation.rehearsal import ATTACKS, People
from evaluation.scheme_documents import SchemeRefused, read_scheme, shipped_scheme
from evaluation.schemes import Scheme
from evaluation.trials import AttackResult, TruthResult, try_attack, try_truth


def simulate_ratings(
    path: Path | None, *, shares: list[int], ballots: list[int], towns: int, seed: int, as_json: bool
) -> None:
    """Print places moved per 100 by attack, share and ballots, then correlation with the truth and coverage."""
    scheme = _scheme(path)
    people = People()
    attacks = []
    for count in ballots:
        for share in shares:
            for attack in ATTACKS:
                say(f"{attack}, {share} % of {count} ballots")
                attacks.append(
                    try_attack(scheme, people, attack, share_percent=share, ballots=count, towns=towns, seed=seed)
                )
    truths = [try_truth(scheme, people, ballots=count, towns=towns, seed=seed) for count in ballots]
    if as_json:
        give_json({"attacks": [_plain_attack(one) for one in attacks], "truth": [_plain_truth(one) for one in truths]})
        return
    give_table(
        ("attack", "share %", "ballots", "plain trim", "unguarded", "guarded", "either way", "caught %", "honest %"),
        [tuple(_plain_attack(one).values()) for one in attacks],
    )
    give_table(
        ("ballots", "scorecard's correlation", "plain mean's", "intervals hold the truth %"),
        [tuple(_plain_truth(one).values()) for one in truths],
    )


def _scheme(path: Path | None) -> Scheme:
    if path is not None and not path.is_file():
        raise CommandFailed(f"no file {path}", Exit.USAGE)
    try:
        scheme = read_scheme(shipped_scheme() if path is None else path.read_bytes())[0]
    except SchemeRefused as refused:
        lines = [f"{path}: {fault.pointer or '/'}: {both(fault.text)}" for fault in refused.faults]
        raise CommandFailed("\n".join(lines)) from refused
    residents = scheme.source("residents")
    if residents is None or not residents.asked:
        raise CommandFailed(f"{path}: residents are not asked in this scheme", Exit.USAGE)
    return scheme


def _plain_attack(result: AttackResult) -> dict[str, object]:
    return {
        "attack": result.attack,
        "share_percent": result.share_percent,
        "ballots": result.ballots,
        "plain": round(result.plain, 1),
        "unguarded": round(result.unguarded, 1),
        "guarded": round(result.guarded, 1),
        "guarded_either_way": round(result.guarded_either_way, 1),
        "caught_percent": round(result.caught_percent),
        "honest_held_percent": round(result.honest_held_percent, 2),
    }


def _plain_truth(result: TruthResult) -> dict[str, object]:
    return {
        "ballots": result.ballots,
        "card_correlation": round(result.card_correlation, 3),
        "plain_correlation": round(result.plain_correlation, 3),
        "covered_percent": round(result.covered_percent, 1),
    }
