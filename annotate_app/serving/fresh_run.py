"""A page drawn anew without what its browser sent: for whoever is not the one it was drawn for any more."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg


def without_answers(frame: bytes) -> bytes:
    """The frame as a request to draw the whole page: no widget's value, no button's press, no fragment.

    So no callback of the page runs, and the page finds out itself who is there.
    """
    fresh, sent = BackMsg(), BackMsg()
    try:
        sent.ParseFromString(frame)
    except DecodeError:
        sent = BackMsg()
    asked = sent.rerun_script
    fresh.rerun_script.query_string = asked.query_string
    fresh.rerun_script.page_script_hash = asked.page_script_hash
    if asked.HasField("context_info"):
        fresh.rerun_script.context_info.CopyFrom(asked.context_info)
    return bytes(fresh.SerializeToString())
