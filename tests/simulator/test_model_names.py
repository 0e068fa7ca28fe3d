"""Which names mean the same model: aliases and dates as providers document them, and what is another model."""

from __future__ import annotations

import pytest

from simulator.engines.model_names import is_same_model


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-4-0613", "gpt-4"),
        ("gpt-4-0125-preview", "gpt-4"),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet-latest"),
        ("claude-3-5-sonnet@20240620", "claude-3-5-sonnet"),
        ("gemini-1.5-pro-001", "gemini-1.5-pro"),
        ("llama3.2:latest", "llama3.2"),
        ("llama3.2", "llama3.2:latest"),
        ("gpt-4o-mini", "openai/gpt-4o-mini"),
        ("Qwen/Qwen2.5-7B-Instruct", "qwen/qwen2.5-7b-instruct"),
        ("Qwen2.5-7B-Instruct", "/models/Qwen2.5-7B-Instruct/"),
    ],
)
def test_the_same_model(said: str, asked: str) -> None:
    assert is_same_model(said, asked)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("gpt-4-turbo", "gpt-4"),
        ("gpt-4o", "gpt-4"),
        ("gpt-4o-mini", "gpt-4o"),
        ("gpt-4o-2024-08-06", "gpt-4o-2024-05-13"),
        ("gpt-4o", "gpt-4o-2024-05-13"),
        ("llama-3.1-8b", "llama-3.1-70b"),
        ("llama-3.1", "llama-3"),
        ("qwen-2-5", "qwen-2"),
        ("llama3:8b", "llama3"),
        ("gpt-3.5-turbo", "my-model.gguf"),
        ("", "m"),
    ],
)
def test_another_model(said: str, asked: str) -> None:
    assert not is_same_model(said, asked)
