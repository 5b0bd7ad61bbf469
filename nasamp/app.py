"""One training job: takes a composed config, and writes result.json or error.json into the job's folder."""

import functools
import logging
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from hydra.utils import get_method, instantiate
from omegaconf import DictConfig

from nasamp import tracking
from nasamp.architecture import in_words
from nasamp.cost import constraints
from nasamp.errors import AudioError
from nasamp.quantities import MEASURED
from nasamp.schema import Config
from nasamp.schema.checking import check
from nasamp.schema.model import PLAIN
from nasamp.search import search_file
from nasamp.search.jobs import ledger, workers
from nasamp.search.jobs.heartbeat import HeldElsewhereError
from nasamp.search.plan import starting, work
from nasamp.training import process

if TYPE_CHECKING:
    from nasamp.audio.recording import Recording

log = logging.getLogger(__name__)


def job(cfg: DictConfig) -> None:
    """Run one job; Hydra's launcher calls this, in the search's own process or in a worker."""
    process.restore_default_warnings()
    logging.raiseExceptions = False  # with a full disk each message to train.log would print a traceback
    with workers.ended_with_the_command():
        _run(cfg)


def _run(cfg: DictConfig) -> None:
    folder = Path(HydraConfig.get().runtime.output_dir)
    config = check(cfg, Config)
    recording = _recording(config, folder)
    job_identity = ledger.identity(config, recording.identity)
    try:
        with ledger.attempt(folder, job_identity) as mark:
            with tracking.ended_run(), process.exit_is_an_error():
                result = train(config, recording, folder, job_identity, mark.update)
            ledger.finish(folder, job_identity, result)
    except HeldElsewhereError as error:  # the search waits until that process has finished the job
        log.warning("%s", error)


def _network(config: Config, scale: float) -> Any:
    """Return nasamp's network, built from its architecture, or the user's, built from the keys of ``model``.

    Args:
        config: of the job; a .nam in ``start`` gives nasamp's network its weights.
        scale: factor of the recording's input and output in training.
    """
    from nasamp.export import nam_reading
    from nasamp.models import WaveNet

    model, start = config.model, config.start
    if model.is_ours:
        net = WaveNet(model.architecture, implementation=model.implementation)
        if start.nam:
            starting.refuse_changed(start)
            nam_reading.start(net, start.nam, scale=scale)
            log.info("%s", starting.line(start.nam, model.architecture))
        elif config.recipe.zero_head:
            net.zero_head()
        return net
    return instantiate({key: getattr(model, key) for key in ("_target_", *PLAIN, "implementation")})


def _recording(config: Config, folder: Path) -> "Recording":
    """Return the recording that the search prepared, or else read it; if that fails, the job is marked as failed."""
    from nasamp.audio import prepared  # here, since --help and a dry run import this file
    from nasamp.audio import recording as audio

    try:
        return prepared.read(config.data.prepared) if config.data.prepared else audio.load(config.data)
    except AudioError as error:
        ledger.fail(folder, ledger.ANY, str(error))
        raise


def train(
    config: Config, recording: "Recording", folder: Path, job_identity: str, report: Callable[..., None]
) -> dict[str, Any]:
    """Train one network and return its row of the tables; for ``report`` see ``training.progress.Progress``."""
    import pytorch_lightning as lightning
    import torch

    from nasamp import losses
    from nasamp.training import fitting

    process.log_to_file()
    process.free_previous_job()
    torch.set_num_threads(config.trainer.threads)
    lightning.seed_everything(config.seed, verbose=False)
    net = _network(config, recording.scale)
    callbacks = [instantiate(callback) for callback in config.callbacks.values()]
    search = search_file.read(folder.parent.parent)
    row = _known_before(config, recording, folder, search)
    found = fitting.fit(
        config,
        recording,
        folder,
        net,
        losses.weighted_sum({name: _term(term) for name, term in config.loss.terms.items()}),
        callbacks=callbacks,
        loggers=_loggers(config, folder, row | {"identity": job_identity}, search),
        identity=job_identity,
        report=report,
    )
    row |= found.columns
    for callback in callbacks:
        row |= _columns_of(callback, row)
    row["job"] = {
        "digest": recording.digest,
        "work": work.of(config, row, recording.facts["parts"], found.steps),
        "trained": found.done,
        "pace": found.pace,
        "seconds": found.seconds,
    }
    tracking.summarize(row)
    return row


def _known_before(
    config: Config, recording: "Recording", folder: Path, search: search_file.Record | None
) -> dict[str, Any]:
    """Return the columns that are known before training."""
    points = {point["name"]: point for point in search.points} if search else {}
    point = points.get(folder.name, {})
    described = {"id": point.get("id"), "name": folder.name, "candidate": point.get("candidate")}
    described |= {"phase": config.phase.name}
    described |= {"architecture": in_words(config.model.architecture)} if config.model.is_ours else {}
    described |= {"recording": recording.name, "seed": config.seed, "machine": platform.node()}
    cost = search.cost if search else config.search.cost
    return described | constraints.of(config.model, recording.sample_rate, cost)


def _columns_of(callback: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns in a callback's ``result`` as plain values, without those that nasamp fills itself."""
    found = getattr(callback, "result", None)
    if not isinstance(found, Mapping):
        return {}
    taken = [name for name in found if name in (*row, "identity", "status") and name not in MEASURED]
    if taken:
        log.warning(
            "%s: ignored from its result, since nasamp fills them itself: %s",
            type(callback).__name__,
            ", ".join(map(str, taken)),
        )
    return {str(name): _plain(value) for name, value in found.items() if name not in taken}


def _plain(value: Any) -> Any:
    """Return a NumPy or PyTorch scalar as a Python number, for JSON; other values unchanged."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def _term(settings: dict[str, Any]) -> tuple[float, Any]:
    """Return weight and function of a loss term; a partial of ``instantiate`` would resolve its target in each step."""
    arguments = {key: value for key, value in settings.items() if key not in ("_target_", "weight")}
    return settings["weight"], functools.partial(get_method(settings["_target_"]), **arguments)


def _loggers(config: Config, folder: Path, row: dict[str, Any], search: search_file.Record | None) -> list[Any]:
    from pytorch_lightning import loggers

    found: list[Any] = []
    if config.logger.uses_wandb:
        run = tracking.begin(
            config.logger,
            folder.parent.parent,
            run=tracking.run_id(search.uid if search else "", row["identity"], config.phase.name),
            name=folder.name,
            group=config.search.name,
            phase=config.phase.name,
            config=row
            | {"settings": ledger.settings(config)}
            | {"recording_facts": search.recordings.get(row["recording"]) if search else None},
        )
        found.append(loggers.WandbLogger(experiment=run, save_dir=folder.parent.parent))
    if "csv" in config.logger.kinds:
        found.append(loggers.CSVLogger(folder, name="", version=""))
    if "tensorboard" in config.logger.kinds:
        found.append(loggers.TensorBoardLogger(folder, name="", version=""))
    return found
