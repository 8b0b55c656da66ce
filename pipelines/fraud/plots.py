"""The evaluation as pictures: precision over recall, and the distribution of scores."""

from pathlib import Path

import polars as pl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve

from core import drafts
from core.fraud_rules import BLOCK, REVIEW


def draw(scored: pl.DataFrame, folder: Path) -> list[Path]:
    """Writes both pictures (PNG) into the folder; `scored` is of `evaluation.scored_people`."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _save(_precision_recall(scored), folder / "precision_recall.png"),
        _save(_distribution(scored), folder / "scores.png"),
    ]


def _save(figure: Figure, file: Path) -> Path:
    # No pyplot: it keeps figures for the whole process, and needs a display.
    FigureCanvasAgg(figure)
    with drafts.beside(file) as draft:
        figure.savefig(draft, format="png")
        draft.replace(file)
    return file


def _precision_recall(scored: pl.DataFrame) -> Figure:
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.add_subplot()
    for (kind,), rows in scored.group_by("type", maintain_order=True):
        if rows["is_abuser"].any():
            precision, recall, _ = precision_recall_curve(rows["is_abuser"], rows["score"])
            axes.step(recall, precision, where="post", label=str(kind))
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.02))
    axes.set_title("Precision over recall, by abuse type")
    axes.legend(loc="lower left")
    return figure


def _distribution(scored: pl.DataFrame) -> Figure:
    kinds = scored.filter("is_abuser")["type"].unique(maintain_order=True).to_list()
    figure = Figure(figsize=(7, 1 + 1.3 * max(1, len(kinds))), layout="constrained")
    for place, kind in enumerate(kinds, 1):
        rows = scored.filter(pl.col("type") == kind)
        axes = figure.add_subplot(len(kinds), 1, place)
        for label, group in (
            ("honest", rows.filter("is_honest")),
            ("abusers", rows.filter("is_abuser")),
        ):
            axes.hist(group["score"], bins=40, range=(0, 100), log=True, alpha=0.6, label=label)
        for limit in (REVIEW, BLOCK):
            axes.axvline(limit, color="black", linewidth=0.8, linestyle="--")
        axes.set_ylabel(str(kind))
        axes.set_ylim(bottom=0.5)  # so that a single person is visible, too
        if place == 1:
            axes.legend(loc="upper center")
    figure.supxlabel("score; dashed: review and block")
    return figure
