"""What the HTTP API does in which time."""

from collections.abc import Iterable
from statistics import fmean, median

from cases.bench.clients import Answer, Call, Poster, run_clients
from cases.bench.figures import Figures
from cases.bench.work import Desk, dealt, one_a_case
from cases.models import Case
from cases.robots.plans import Plan, make_plans
from workflows.models import WorkItem

CLIENTS = 4
ROUNDS = 5


class UnmeasurableError(Exception):
    """A request failed, so that its time says nothing."""


def measure_http(figures: Figures, desk: Desk, base: str, *, runs: int) -> None:
    """All figures of the HTTP API against one server."""
    open_cases = Case.objects.filter(status="open").count()
    _one_client(figures, desk, base, runs, open_cases)
    _four_clients(figures, desk, base, runs * 2, open_cases)
    opened = _open_cases(figures, desk, base, max(10, runs // 10))
    _four_on_one_case(figures, desk, base, opened[:10])


def _one_client(figures: Figures, desk: Desk, base: str, runs: int, open_cases: int) -> None:
    poster = Poster(base)
    for call in desk.completions(one_a_case(1), 20):  # the server's caches are warm afterwards
        poster.send(call)
    answers = [poster.send(call) for call in desk.completions(one_a_case(2), runs)]
    _insist(answers)
    seconds = [answer.seconds for answer in answers]
    figures.spread("complete a task, one client", seconds, open_cases=open_cases)
    _parts(figures, "complete a task", answers)


def _four_clients(figures: Figures, desk: Desk, base: str, runs: int, open_cases: int) -> None:
    done = []
    for number in range(ROUNDS):
        run = run_clients(base, dealt(desk.completions(one_a_case(3 + number), runs), CLIENTS))
        _insist(run.answers)
        done.append(run)
    rates = sorted(len(run.answers) / run.seconds for run in done)
    figures.tell(
        "complete tasks, four clients",
        median(rates),
        "a second",
        lowest=round(rates[0], 1),
        highest=round(rates[-1], 1),
        rounds=ROUNDS,
        runs=runs,
        open_cases=open_cases,
        client_cpu_share=round(fmean(run.client_cpu / run.seconds for run in done), 2),
    )
    seconds = [answer.seconds for run in done for answer in run.answers]
    figures.spread("complete a task, four clients", seconds)


def _open_cases(figures: Figures, desk: Desk, base: str, runs: int) -> list[int]:
    poster = Poster(base)
    plans = make_plans(runs + 3, 11, whole=True)
    answers = [poster.send(_opening(plan, desk), keep=True) for plan in plans]
    _insist(answers)
    measured = answers[3:]
    figures.spread("open a case with 14 matters", [answer.seconds for answer in measured])
    _parts(figures, "open a case", measured)
    return [answer.body["id"] for answer in measured]


def _opening(plan: Plan, desk: Desk) -> Call:
    clerk = desk.posts[plan.township, "window_clerk"][0]
    return Call("cases/", desk.tokens[clerk], plan.body)


def _four_on_one_case(figures: Figures, desk: Desk, base: str, case_ids: list[int]) -> None:
    seconds, tasks = [], 0
    for case_id in case_ids:
        rows = WorkItem.objects.filter(subject_id=case_id, owner_type="matter").order_by("id")
        calls = desk.completions(rows, 14)
        run = run_clients(base, dealt(calls, CLIENTS))
        _insist(run.answers)
        seconds.append(run.seconds)
        tasks = len(calls)
    figures.spread("four clients on one case's tasks", seconds, tasks=tasks)


def _insist(answers: Iterable[Answer]) -> None:
    for answer in answers:
        if answer.status >= 400:
            raise UnmeasurableError(f"{answer.status}: {answer.body}")


def _parts(figures: Figures, what: str, answers: list[Answer]) -> None:
    """What fraction of the time is the database's, the engine's, our Python's, and the way."""
    timed = [answer for answer in answers if "total" in answer.timing]
    if not timed:
        return
    whole = fmean(1000 * answer.seconds for answer in timed)
    total = fmean(answer.timing["total"] for answer in timed)
    database = fmean(answer.timing["db"] for answer in timed)
    engine = fmean(answer.timing["engine"] for answer in timed)
    parts = {
        "database": database,
        "engine": engine,
        "python": total - database - engine,
        "http": whole - total,
    }
    queries = fmean(answer.timing.get("queries", 0) for answer in timed)
    for name, value in parts.items():
        share = round(value / whole, 2)
        figures.tell(f"{what}: {name}", value, "ms", fraction=share, queries=round(queries, 1))
