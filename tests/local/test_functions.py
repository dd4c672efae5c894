from __future__ import annotations

import os
import urllib.error
import urllib.request

import pytest

from local.functions import FunctionSource, ServedFunction
from local.processes import ProcessError

SYNCHRONOUS = """
import os, functions_framework
@functions_framework.http
def answer(request):
    print("asked", flush=True)
    return os.environ["GREETING"] + request.path
"""
ASYNCHRONOUS = """
import os, functions_framework.aio
@functions_framework.aio.http
async def answer(request):
    return os.environ["GREETING"] + request.url.path
"""


@pytest.fixture
def source(tmp_path):
    def make(text, **options):
        path = tmp_path / "greeting" / "main.py"
        path.parent.mkdir()
        path.write_text(text)
        return FunctionSource(str(path), "answer", **options)

    return make


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


@pytest.mark.parametrize(("text", "asgi"), [(SYNCHRONOUS, False), (ASYNCHRONOUS, True)])
def test_a_function_answers_with_its_own_environment_and_its_words_are_kept(
    source, text, asgi, tmp_path
):
    log = tmp_path / "log.txt"
    with ServedFunction(source(text, asgi=asgi), {"GREETING": "hello "}, log=log) as function:
        assert get(function.url + "/there") == "hello /there"
        url = function.url
    with pytest.raises(urllib.error.URLError):
        get(url)
    assert "GREETING" not in os.environ
    assert ("asked" in log.read_text()) is not asgi


def test_a_function_that_cannot_be_imported_says_why(source):
    with pytest.raises(ProcessError, match="no_such_module"):
        ServedFunction(source("import no_such_module")).start()


def test_a_killed_function_is_gone_at_once(source):
    with ServedFunction(source(SYNCHRONOUS), {"GREETING": ""}) as function:
        function.kill()
        with pytest.raises(urllib.error.URLError):
            get(function.url)


def test_one_that_never_gets_well_is_not_served(source, monkeypatch):
    monkeypatch.setattr("local.functions._READY_S", 3.0)
    ill = SYNCHRONOUS.replace("return os", "return 'ill', 503\n    return os")
    with pytest.raises(ProcessError, match="function greeting was not ready in 3 s"):
        ServedFunction(source(ill)).start()
