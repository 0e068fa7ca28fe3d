"""vLLM's asynchronous engine inside this process: no server, no port (extra `vllm`).

Can do everything an engine may be able to do. Prompts go through the model's own chat template, tokens and log
probabilities come as the weights give them, before temperature. vLLM is imported when the first request comes, so that
a run that is only planned needs no accelerator. Knows no survey and never looks at `Request.asked`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulator.engines.base import Capability
from simulator.engines.beam_search import beam_search
from simulator.engines.demands import require_all
from simulator.engines.foreign_text import encodable, excerpt
from simulator.engines.openai_scoring import ScoredPrompt, scored_texts, shared_length
from simulator.engines.openai_wire import logprob_of
from simulator.errors import EngineError, EngineRefused, EngineUnreachable, RunSpecError
from simulator.messages import Completion, Request, TokenAlternatives

DEFAULT_TOKENS = 512
"""Longest reply where the settings name none: a model without an end would fill its context."""


class VllmEngine:
    """A model loaded into this process. Created anywhere, used and closed inside one event loop.

    `model` is a folder or the name of a model that vLLM can load; `options` are those of vLLM's engine
    (`max_model_len`, `gpu_memory_utilization`, `tensor_parallel_size`, ...). Raises RunSpecError where vLLM is not
    installed, EngineUnreachable where it cannot load the model.
    """

    name = "vllm_inprocess"
    capabilities = frozenset(Capability)

    def __init__(self, model: str, options: Mapping[str, Any] | None = None) -> None:
        if not model:
            raise RunSpecError("the engine vllm_inprocess needs a model; set `model` to a folder or a model's name")
        self.model = model
        self._options = dict(options or {})
        self._engine: Any = None
        self._loading = asyncio.Lock()
        self._n_sent = 0
        self._closed = False

    def __repr__(self) -> str:
        return f"VllmEngine(model={self.model!r})"

    async def complete(self, request: Request) -> Completion:
        """Answer one request; what vLLM refuses becomes an EngineRefused that names it."""
        require_all(self, request)
        engine = await self._loaded()
        started = time.monotonic()
        try:
            prompt = self._prompt(request)
            if (request.settings.beams or 1) > 1:
                completion = await self._by_beams(request, prompt)
            else:
                completion = await self._sampled(request, prompt)
            scored = await asyncio.gather(*(self._scored(request, text, prompt) for text in request.continuations))
        except EngineError:
            raise
        except Exception as caught:
            raise self._translated(caught, engine) from None
        # As on a server: every text to be scored is a prompt of its own, and one token comes back for it.
        read = (completion.prompt_tokens or 0) + sum(len(one.ids) for one in scored)
        written = (completion.completion_tokens or 0) + len(scored)
        return replace(
            completion,
            scored=scored_texts(scored),
            prompt_tokens=read,
            completion_tokens=written,
            latency_seconds=time.monotonic() - started,
        )

    async def close(self) -> None:
        """Release the model; may be called again."""
        self._closed = True
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.shutdown()

    async def _loaded(self) -> Any:
        if self._closed:
            raise RuntimeError("the engine was closed and cannot be used again")
        async with self._loading:
            if self._engine is None:
                self._engine = self._load()
        return self._engine

    def _load(self) -> Any:
        try:
            from vllm import AsyncEngineArgs
            from vllm.v1.engine.async_llm import AsyncLLM
        except ImportError as missing:
            raise RunSpecError(
                f"the engine vllm_inprocess needs vLLM ({missing}); pip install 'voxpop[vllm]', or point the engine "
                "openai_compatible at a server"
            ) from missing
        try:
            return AsyncLLM.from_engine_args(AsyncEngineArgs(model=self.model, **self._options))
        except Exception as caught:
            said = excerpt(str(caught)).rstrip(".")
            raise EngineUnreachable(
                f"engine {self.name!r}: vLLM cannot load {self.model!r}: {said}; look at the model's folder and at the "
                "engine's options",
                ends_run=True,
                failed_tries=("unreachable/load",),
            ) from None

    def _translated(self, caught: Exception, engine: Any) -> EngineError:
        said = excerpt(str(caught)).rstrip(".")
        what = f"engine {self.name!r}, model {self.model!r}: {type(caught).__name__}: {said}"
        if getattr(engine, "errored", False):
            return EngineUnreachable(
                f"{what}; vLLM has stopped, resume the run", ends_run=True, failed_tries=("unreachable/stopped",)
            )
        return EngineRefused(f"{what}; change what is asked for", fatal=False, failed_tries=("refused/request",))

    def _prompt(self, request: Request, continuation: str = "") -> list[int]:
        """The ids of the whole prompt, with a reply begun behind it where there is one."""
        tokenizer = self._engine.get_tokenizer()
        if request.is_raw:
            return list(tokenizer.encode(request.raw_prompt + continuation))
        messages = [{"role": role, "content": content} for role, content in request.messages]
        begun = (request.assistant_prefix or "") + continuation
        if begun:
            messages.append({"role": "assistant", "content": begun})
        ids = tokenizer.apply_chat_template(
            messages,
            tokenize=True,
            return_dict=True,
            add_generation_prompt=not begun,
            continue_final_message=bool(begun),
        )
        return list(ids["input_ids"])

    async def _sampled(self, request: Request, prompt: list[int]) -> Completion:
        final = await self._generated(prompt, self._parameters(request))
        outputs = sorted(final.outputs, key=lambda output: output.index)
        positions: tuple[TokenAlternatives, ...] = ()
        if request.top_logprobs is not None:
            positions = tuple(
                _position(token, table, request.top_logprobs)
                for token, table in zip(outputs[0].token_ids, outputs[0].logprobs or (), strict=True)
                if token not in self._silent()
            )
        return Completion(
            texts=tuple(encodable(output.text) for output in outputs),
            model=self.model,
            finish_reason=outputs[0].finish_reason,
            positions=positions,
            prompt_tokens=len(prompt),
            completion_tokens=sum(len(output.token_ids) for output in outputs),
        )

    async def _by_beams(self, request: Request, prompt: list[int]) -> Completion:
        tokenizer, width = self._engine.get_tokenizer(), request.settings.beams or 1
        width = max(width, request.samples)

        async def likeliest(tokens: tuple[int, ...], count: int) -> Sequence[tuple[int, float]]:
            step = self._one_token({"logprobs": count})
            final = await self._generated(list(tokens), step)
            return [(token, found.logprob) for token, found in final.outputs[0].logprobs[0].items()]

        longest = request.settings.max_tokens or DEFAULT_TOKENS
        beams = await beam_search(
            prompt, likeliest, width=width, max_tokens=longest, end=getattr(tokenizer, "eos_token_id", None)
        )
        texts = [tokenizer.decode(list(beam.tokens), skip_special_tokens=True) for beam in beams[: request.samples]]
        return Completion(
            texts=tuple(map(encodable, texts)),
            model=self.model,
            finish_reason="stop" if beams[0].is_finished else "length",
            prompt_tokens=len(prompt),
            completion_tokens=sum(len(beam.tokens) for beam in beams),
        )

    async def _scored(self, request: Request, text: str, before: list[int]) -> ScoredPrompt:
        ids = self._prompt(request, text)
        final = await self._generated(ids, self._one_token({"prompt_logprobs": 0}))
        listed: list[Any] = [None]
        for token, table in zip(ids[1:], final.prompt_logprobs[1:], strict=True):
            found = table[token]
            listed.append({str(token): {"logprob": found.logprob, "decoded_token": found.decoded_token}})
        return ScoredPrompt(text, tuple(ids), shared_length(before, ids), listed)

    async def _generated(self, prompt: list[int], parameters: Any) -> Any:
        self._n_sent += 1
        final = None
        async for output in self._engine.generate({"prompt_token_ids": prompt}, parameters, f"voxpop-{self._n_sent}"):
            final = output
        return final

    def _one_token(self, extra: Mapping[str, Any]) -> Any:
        from vllm import SamplingParams

        return SamplingParams(max_tokens=1, temperature=0.0, **extra)

    def _parameters(self, request: Request) -> Any:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

        settings = request.settings
        given: dict[str, Any] = {"temperature": settings.temperature, "top_p": settings.top_p, "seed": request.seed}
        given |= {"max_tokens": settings.max_tokens or DEFAULT_TOKENS, "stop": list(settings.stop) or None}
        given["logprobs"] = request.top_logprobs
        if request.choices is not None:
            given["structured_outputs"] = StructuredOutputsParams(choice=list(request.choices))
        named = {key: value for key, value in given.items() if value is not None}
        return SamplingParams(n=request.samples, output_kind=RequestOutputKind.FINAL_ONLY, **named)

    def _silent(self) -> frozenset[int]:
        """Tokens that end a reply and are no part of its text."""
        end = getattr(self._engine.get_tokenizer(), "eos_token_id", None)
        return frozenset() if end is None else frozenset({end})


def _position(token: int, table: Mapping[int, Any], top_logprobs: int) -> TokenAlternatives:
    listed = sorted(table.items(), key=lambda pair: pair[1].rank)[:top_logprobs]
    own = table[token]
    return TokenAlternatives(
        encodable(own.decoded_token or ""),
        logprob_of(own.logprob),
        tuple((encodable(found.decoded_token or ""), logprob_of(found.logprob)) for _, found in listed),
    )
