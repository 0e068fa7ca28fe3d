"""Whose a reply is, told by its id: for servers whose ids tell, for those whose do not, and for those that echo."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulator.engines.reply_ids import CONSTANT_AFTER, REMEMBERED, ReplyIds, Verdict

NOT_SENT = "of no reply"
OURS, FOREIGN, SILENT = Verdict.OURS, Verdict.FOREIGN, Verdict.SILENT


def telling(number: int) -> str:
    return f"chatcmpl-{number:032x}"


def test_a_reply_that_another_request_has_had_is_foreign() -> None:
    ids = ReplyIds()
    assert [ids.judge(telling(n), b"%d" % n, NOT_SENT) for n in range(3)] == [OURS] * 3
    assert ids.judge(telling(1), b"9", NOT_SENT) is FOREIGN
    assert ids.judge(telling(9), b"9", NOT_SENT) is OURS


def test_the_same_reply_to_the_same_words_is_a_cache_and_tells_nothing() -> None:
    ids = ReplyIds()
    ids.judge(telling(1), b"1", NOT_SENT)
    assert ids.judge(telling(1), b"1", NOT_SENT) is SILENT


def test_missing_short_and_numeric_ids_tell_nothing() -> None:
    ids = ReplyIds()
    for reply_id in (None, "", 7, "chatcmpl-537", "cmpl-12"):
        assert [ids.judge(reply_id, b"%d" % n, NOT_SENT) for n in range(5)] == [SILENT] * 5


def test_an_id_that_is_always_the_same_is_found_out() -> None:
    ids = ReplyIds()
    verdicts = [ids.judge(telling(0), b"%d" % n, NOT_SENT) for n in range(10)]
    assert verdicts == [OURS] + [FOREIGN] * CONSTANT_AFTER + [SILENT] * (9 - CONSTANT_AFTER)


def test_a_server_that_echoes_what_was_sent_has_to_go_on_doing_so() -> None:
    ids = ReplyIds()
    assert ids.judge("chatcmpl-request-000001", b"1", "request-000001") is OURS
    # Never seen before, and yet not ours: only a server that echoes shows it.
    assert ids.judge("chatcmpl-request-000003", b"2", "request-000002") is FOREIGN
    assert ids.judge(None, b"2", "request-000002") is FOREIGN
    assert ids.judge("chatcmpl-request-000002-x1", b"2", "request-000002") is OURS


@given(st.lists(st.integers(0, 40), max_size=100))
def test_no_two_requests_get_the_same_reply_from_a_server_with_telling_ids(served: list[int]) -> None:
    ids, owner = ReplyIds(), dict[int, int]()
    ids.judge(telling(100), b"first", NOT_SENT)
    ids.judge(telling(101), b"second", NOT_SENT)
    for request, number in enumerate(served):
        verdict = ids.judge(telling(number), b"%d" % request, NOT_SENT)
        assert (verdict is OURS) == (number not in owner)
        owner.setdefault(number, request)


def test_what_is_remembered_is_bounded() -> None:
    ids = ReplyIds()
    for number in range(REMEMBERED + 1):
        ids.judge(telling(number), b"%d" % number, NOT_SENT)
    assert ids.judge(telling(1), b"x", NOT_SENT) is FOREIGN
    assert ids.judge(telling(0), b"x", NOT_SENT) is OURS
