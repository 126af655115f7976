"""The promises about money, and for each a change that breaks it.

Each mutant is one small change of the kind that a tired engineer could make. `make mutants` tries
them (`tests.mutants`).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change for the worse: `old` stands once in `file`, and `new` takes its place."""

    promise: str
    file: str
    old: str
    new: str


MUTANTS = (
    Mutant(
        "the intent is committed before anything is sent",
        "graphapi/services/submitting.py",
        """        intent = await self._sender.intend(job_id, editor.slots, counted)
        if intent is None:
            return
        answer = await self._sender.send(intent, lambda: self._call(editor, intent, sources, mask))
""",
        """        from graphapi.services.sending import Intent
        early = await self._call(editor, Intent(job, "token"), sources)
        intent = await self._sender.intend(job_id, editor.slots, counted)
        if intent is None:
            return
        answer = early
""",
    ),
    Mutant(
        "the attempt's token is written down with the intent",
        "graphapi/services/sending.py",
        "attempt_token_hash=_hash(token),",
        "attempt_token_hash=None,",
    ),
    Mutant(
        "an intent is taken back when only the word of its commit was lost",
        "graphapi/services/sending.py",
        "return await take_or_leave(intend, withdraw, job_id, until, self._clock)",
        "return await intend()",
    ),
    Mutant(
        "a request whose worker died is never sent again",
        "graphapi/services/sweeping.py",
        "        if self._repeatable(job.provider):\n",
        "        if True:\n",
    ),
    Mutant(
        "a request in doubt is never sent again",
        "graphapi/services/sending.py",
        """        except InDoubt as error:
            await self._doubt(intent, error)
""",
        """        except InDoubt as error:
            await self._postpone(intent, error)
""",
    ),
    Mutant(
        "a connection that broke after the request had left is a doubt",
        "graphapi/providers/http.py",
        "    httpx.ConnectError,\n",
        "    httpx.ConnectError,\n    httpx.ReadError,\n",
    ),
    Mutant(
        "a result is taken in once, however often it is taken up",
        "graphapi/services/finishing.py",
        """            if moved is None:
                return
            picture_id = new_id(Noun.PICTURE)
""",
        """            if moved is None:
                from dataclasses import replace
                picture = replace(picture, key=f"{picture.key}-again")
            picture_id = new_id(Noun.PICTURE)
""",
    ),
    Mutant(
        "who is late with a result leaves without a word",
        "graphapi/services/finishing.py",
        """            if moved is None:
                return
            picture_id""",
        """            picture_id""",
    ),
    Mutant(
        "what was certainly not charged is released",
        "graphapi/domain/ledger.py",
        "        return Closing(Entry.RELEASE, reserved, Billed.NO)\n",
        "        return Closing(Entry.SETTLE, reserved, Billed.NO)\n",
    ),
    Mutant(
        "a reservation is closed also when there is nothing to settle",
        "graphapi/persistence/ledger.py",
        "    if not closes(job.state):\n",
        "    if not closes(job.state) or job.billed is Billed.NO:\n",
    ),
    Mutant(
        "a move is made by whoever holds the fence, and nobody else",
        "graphapi/persistence/transition.py",
        """    guards = {"fence": guard.fence, "version": guard.version}
""",
        """    guards = {"version": guard.version}
""",
    ),
    Mutant(
        "a move that only looked is made on what it saw",
        "graphapi/persistence/transition.py",
        """    guards = {"fence": guard.fence, "version": guard.version}
""",
        """    guards = {"fence": guard.fence}
""",
    ),
    Mutant(
        "what has ended stays ended",
        "graphapi/persistence/transition.py",
        "_jobs.c.state.in_(starts), ",
        "",
    ),
    Mutant(
        "whoever rides with a request goes where it goes",
        "graphapi/persistence/transition.py",
        """    if moved.pictures > 1:
        await _take_along(unit, moved, whole, by, asked)
""",
        "",
    ),
    Mutant(
        "a picture is taken from its own place in the answer",
        "graphapi/services/finishing.py",
        "kept = read_result(job.result, job.place)",
        "kept = read_result(job.result)",
    ),
    Mutant(
        "a bill is parted among those whose pictures came",
        "graphapi/persistence/riding.py",
        "None if units is None else units / payers",
        "units",
    ),
    Mutant(
        "what did not come of a request for several is not paid for",
        "graphapi/persistence/riding.py",
        "billed = Billed.NO if known else Billed.UNKNOWN",
        "billed = Billed.UNKNOWN",
    ),
    Mutant(
        "a provider is not asked to stop what somebody wants",
        "graphapi/services/cancelling.py",
        """            if await riding.still_wanted(connection, [job]):
                return
""",
        "",
    ),
    Mutant(
        "a database that falls silent keeps nobody waiting",
        "graphapi/persistence/patience.py",
        "        connection.terminate()  # a graceful end would wait for an answer again\n",
        "",
    ),
)
