"""A chat model from one line of a run specification. Evaluates nothing: a class by name, arguments that are literals.

Knows no provider. A key must not stand in a specification, since that is stored with the run: packages read theirs
from the environment.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel

from simulator.engines.foreign_text import shown_url
from simulator.engines.secrets import names_secret, secret_places
from simulator.errors import RunSpecError

_FORM = "write it like langchain_openai:ChatOpenAI(model='gpt-4o-mini')"


def load_chat_model(spec: str) -> BaseChatModel:
    """The chat model that `spec` describes, as "package:Class(name='literal', ...)".

    "provider:model" goes to langchain's own `init_chat_model`, where the package langchain is installed. Raises
    RunSpecError for another form, a package or class that is not there, an argument that is no literal or looks like a
    key, and arguments that the class does not accept.
    """
    if "(" not in spec:
        return _by_provider(spec)
    module_name, _, call_text = spec.partition(":")
    class_name, arguments = _parsed(call_text, spec)
    model_class = _class_named(module_name.strip(), class_name, spec)
    try:
        return model_class(**arguments)
    except (TypeError, ValueError, ImportError) as caught:
        # pydantic's ValidationError is a ValueError; its text repeats the values, perhaps with a key from elsewhere.
        raise RunSpecError(
            f"chat model {class_name}: its package does not accept these arguments, or finds no key in the environment"
            f" ({type(caught).__name__}); see the documentation of {module_name}"
        ) from None


def _parsed(text: str, spec: str) -> tuple[str, dict[str, Any]]:
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last where brackets are nested too deeply
        raise RunSpecError(f"chat model {_shown(spec)} cannot be read; {_FORM}") from None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args:
        raise RunSpecError(f"chat model {_shown(spec)} is no class with named arguments; {_FORM}")
    arguments: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise RunSpecError(f"chat model {call.func.id}: ** is not understood; {_FORM}")
        if names_secret(keyword.arg):
            raise _secret(call.func.id, keyword.arg)
        try:
            value = arguments[keyword.arg] = ast.literal_eval(keyword.value)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            raise RunSpecError(f"chat model {call.func.id}: {keyword.arg} is no plain value; {_FORM}") from None
        for place in secret_places(value, keyword.arg):
            raise _secret(call.func.id, place)
        if isinstance(value, str) and "://" in value and shown_url(value) != value.rstrip("/"):
            raise _secret(call.func.id, f"{keyword.arg} (an address with a user, a query or a fragment)")
    return call.func.id, arguments


def _secret(class_name: str, place: str) -> RunSpecError:
    return RunSpecError(
        f"chat model {class_name}: {place} looks like a secret, and a specification is stored with the run; set the"
        " environment variable that the package reads instead"
    )


def _shown(spec: str) -> str:
    """What may be repeated of a specification that cannot be read: not its arguments, which may hold a key."""
    return repr(spec.partition("(")[0][:80] + ("(…" if "(" in spec else ""))


def _class_named(module_name: str, class_name: str, spec: str) -> type[BaseChatModel]:
    if not all(part.isidentifier() for part in module_name.split(".")):
        raise RunSpecError(f"chat model {_shown(spec)} names no package; {_FORM}")
    try:
        module = importlib.import_module(module_name)
    except ImportError as caught:
        raise RunSpecError(
            f"chat model: the package {module_name} cannot be imported ({caught}); install it"
        ) from caught
    found = getattr(module, class_name, None)
    if not isinstance(found, type) or not issubclass(found, BaseChatModel):
        raise RunSpecError(f"chat model: {module_name} has no chat model class {class_name!r}; {_FORM}")
    return found


def _by_provider(spec: str) -> BaseChatModel:
    if importlib.util.find_spec("langchain") is None:
        raise RunSpecError(
            f"chat model {spec!r}: provider:model needs the package langchain, which is not here; {_FORM}"
        )
    init_chat_model = importlib.import_module("langchain.chat_models").init_chat_model
    try:
        model = init_chat_model(spec)
    except (ValueError, ImportError) as caught:
        raise RunSpecError(
            f"chat model {spec!r}: {type(caught).__name__} from langchain; is its package installed?"
        ) from None
    if not isinstance(model, BaseChatModel):
        raise RunSpecError(f"chat model {spec!r}: langchain made no chat model of it; {_FORM}")
    return model
