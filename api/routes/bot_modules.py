"""A bot's modules: which are on, in which order, their settings with their history."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.access import AnyVisitor, Owner, bot_transaction, hosted_bot_transaction
from api.module_routes import has_panel
from api.problems import SettingsInvalid, documented
from api.resources import Resources, UsesResources
from api.routes.bots import BotId
from api.routes.modules import Translated
from api.versions import SeenVersion
from bots.sdk.conflicts import conflicts
from bots.sdk.contact import require_contact
from core import migrations
from core.errors import Conflict
from core.events import Bilingual
from core.module_settings import Vault, read, shown
from core.modules import Manifest, ModuleNotFound
from core.postgres import Connection
from core.shop import bot_modules, hooks
from core.shop.access import Visitor
from core.shop.bot_modules import Action, Author, BotModule, Change

router = APIRouter(prefix="/bots/{bot_id}", tags=["modules"])

ModuleKey = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,49}$")]


class ModulesConflict(Conflict):
    """Two modules cannot be on together; `explained` names both and what they would share."""

    code = "modules_conflict"

    def __init__(self, explained: Bilingual) -> None:
        super().__init__(explained.en)
        self.explained = explained


class BotModuleView(BaseModel):
    """A module as a bot has it. `notice`: why the platform switched it off. `required_by`: modules
    that are on and need it. `is_installed` false: its folder is gone, its data are kept."""

    key: str
    title: Translated
    summary: Translated
    is_installed: bool
    is_on: bool
    notice: str | None
    version: int
    requires: list[str]
    required_by: list[str]
    has_settings: bool
    has_panel: bool
    has_hook: bool


class BotModulesView(BaseModel):
    """Those that are or were on, in the bot's order, then the others by key."""

    modules: list[BotModuleView]
    leftovers: list[str]


def _author(visitor: Visitor) -> Author:
    return Author(visitor.label, visitor.link_id)


def _manifest(resources: Resources, key: str) -> Manifest:
    manifest = resources.modules.manifests.get(key)
    if manifest is None:
        raise ModuleNotFound(f"there is no module {key!r:.80}")
    return manifest


@router.get("/modules", responses=documented(401, 404, 422))
async def list_bot_modules(
    bot_id: BotId, visitor: AnyVisitor, resources: UsesResources
) -> BotModulesView:
    """What the bot has, and what else it could have."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        return await _view(connection, resources, bot_id)


async def _view(connection: Connection, resources: Resources, bot_id: int) -> BotModulesView:
    rows = {row.module: row for row in await bot_modules.of_bot(connection, bot_id)}
    known = resources.modules.manifests
    keys = [*rows, *sorted(set(known) - set(rows))]
    on = [key for key, row in rows.items() if row.enabled]
    return BotModulesView(
        modules=[_module_view(resources, key, rows.get(key), on) for key in keys],
        leftovers=[str(left) for left in await migrations.leftovers(connection, known)],
    )


def _module_view(
    resources: Resources, key: str, row: BotModule | None, on: list[str]
) -> BotModuleView:
    manifest = resources.modules.manifests.get(key)
    return BotModuleView(
        key=key,
        title=Translated.of(manifest.title) if manifest else Translated(ru=key, en=key),
        summary=Translated.of(manifest.summary) if manifest else Translated(ru="", en=""),
        is_installed=manifest is not None,
        is_on=row is not None and row.enabled,
        notice=row.notice if row else None,
        version=row.version if row else 0,
        requires=list(manifest.requires) if manifest else [],
        required_by=resources.modules.needing(key, on),
        has_settings=manifest is not None and bool(manifest.settings.model_fields),
        has_panel=manifest is not None and has_panel(resources.modules, key),
        has_hook=key in resources.hooks,
    )


class Switch(BaseModel):
    """`with_others`: what it requires is switched on as well, or what requires it off."""

    model_config = ConfigDict(extra="forbid")

    is_on: bool
    with_others: bool = False


@router.put("/modules/{key}", responses=documented(401, 403, 404, 409, 422))
async def switch_module(
    bot_id: BotId, key: ModuleKey, switch: Switch, visitor: Owner, resources: UsesResources
) -> BotModulesView:
    """Switches a module on or off; running workers follow within seconds.

    409 `module_needs` (it requires others), `module_needed` (others require it), or
    `modules_conflict` (two would answer the same thing); 422 `contact_missing` for what takes
    money, while the shop's imprint names no contact.
    """
    async with hosted_bot_transaction(resources, visitor, bot_id) as connection:
        author, known = _author(visitor), resources.modules
        if switch.is_on:
            switched = await bot_modules.switch_on(
                connection, known, bot_id, key, author, with_required=switch.with_others
            )
            await require_contact(connection, bot_id, [resources.loaded[each] for each in switched])
            await _refuse_conflicts(connection, resources, bot_id)
        else:
            await bot_modules.switch_off(
                connection, known, bot_id, key, author, with_requiring=switch.with_others
            )
        return await _view(connection, resources, bot_id)


async def _refuse_conflicts(connection: Connection, resources: Resources, bot_id: int) -> None:
    on = [
        resources.loaded[row.module]
        for row in await bot_modules.of_bot(connection, bot_id)
        if row.enabled and row.module in resources.loaded
    ]
    if found := conflicts(on):
        raise ModulesConflict(
            Bilingual(
                " ".join(clash.notice.ru for clash in found),
                " ".join(clash.notice.en for clash in found),
            )
        )


class Order(BaseModel):
    """Keys in the wanted order; those that are not named follow."""

    model_config = ConfigDict(extra="forbid")

    modules: list[str] = Field(max_length=100)


@router.put("/modules-order", responses=documented(401, 403, 404, 409, 422))
async def order_modules(
    bot_id: BotId, order: Order, visitor: Owner, resources: UsesResources
) -> BotModulesView:
    """The order in which a bot's modules show what they offer."""
    async with hosted_bot_transaction(resources, visitor, bot_id) as connection:
        await bot_modules.order(connection, bot_id, order.modules)
        return await _view(connection, resources, bot_id)


class SettingsView(BaseModel):
    """A module's settings, with the JSON Schema that draws their form. Of a secret there is
    `{"set": true, "tail": "…"}`; sent back as it is, it stays. `problem`: why what is stored does
    not fit; `settings` are the defaults then."""

    version: int
    form: dict[str, Any]
    settings: dict[str, Any]
    problem: str | None


class SettingsDraft(BaseModel):
    model_config = ConfigDict(extra="forbid")

    settings: dict[str, Any]


def _settings_view(
    manifest: Manifest, vault: Vault, row: BotModule | None, response: Response
) -> SettingsView:
    version, stored = (row.version, row.settings) if row else (0, {})
    problem = None
    try:
        settings = read(manifest.settings, stored, vault)
    except ValidationError as error:
        problem, settings = SettingsInvalid(error).detail, manifest.settings()
    response.headers["ETag"] = f'"{version}"'
    return SettingsView(
        version=version,
        form=manifest.settings.model_json_schema(),
        settings=shown(settings),
        problem=problem,
    )


@router.get("/modules/{key}/settings", responses=documented(401, 403, 404, 422))
async def read_settings(
    bot_id: BotId, key: ModuleKey, visitor: Owner, resources: UsesResources, response: Response
) -> SettingsView:
    """What is set, and the form; the ETag is the version."""
    manifest = _manifest(resources, key)
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        row = await bot_modules.get(connection, bot_id, key)
    return _settings_view(manifest, Vault(bot_id, key, resources.keys), row, response)


@router.put("/modules/{key}/settings", responses=documented(401, 403, 404, 409, 412, 422, 428))
async def write_settings(
    bot_id: BotId,
    key: ModuleKey,
    draft: SettingsDraft,
    seen: SeenVersion,
    visitor: Owner,
    resources: UsesResources,
    response: Response,
) -> SettingsView:
    """Stores them, with who and when; running workers follow within seconds.

    412 `changed_meanwhile`; 422 `settings_invalid` with the fields in `errors`.
    """
    manifest, vault = _manifest(resources, key), Vault(bot_id, key, resources.keys)
    async with hosted_bot_transaction(resources, visitor, bot_id) as connection:
        try:
            row = await bot_modules.write_settings(
                connection, manifest, vault, draft.settings, _author(visitor), seen_version=seen
            )
        except ValidationError as error:
            raise SettingsInvalid(error) from error
    return _settings_view(manifest, vault, row, response)


class ChangeView(BaseModel):
    """One change of a module; `by` empty: the platform itself."""

    version: int
    action: Action
    restored_version: int | None
    by: str
    at: str

    @classmethod
    def of(cls, change: Change) -> "ChangeView":
        return cls(
            version=change.version,
            action=change.action,
            restored_version=change.restored_version,
            by=change.changed_by,
            at=change.changed_at.isoformat(),
        )


@router.get("/modules/{key}/history", responses=documented(401, 403, 404, 422))
async def list_changes(
    bot_id: BotId, key: ModuleKey, visitor: Owner, resources: UsesResources
) -> list[ChangeView]:
    """Who changed what and when, the newest first."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        return [ChangeView.of(each) for each in await bot_modules.history(connection, bot_id, key)]


Version = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("/modules/{key}/history/{version}", responses=documented(401, 403, 404, 422))
async def read_version(
    bot_id: BotId,
    key: ModuleKey,
    version: Version,
    visitor: Owner,
    resources: UsesResources,
) -> dict[str, Any]:
    """The settings as they were in that version, secrets as they are shown."""
    manifest, vault = _manifest(resources, key), Vault(bot_id, key, resources.keys)
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        stored = await bot_modules.settings_of(connection, bot_id, key, version)
    try:
        return shown(read(manifest.settings, stored, vault))
    except ValidationError as error:
        raise SettingsInvalid(error) from error


@router.post(
    "/modules/{key}/history/{version}/restore",
    responses=documented(401, 403, 404, 409, 412, 422, 428),
)
async def restore_version(
    bot_id: BotId,
    key: ModuleKey,
    version: Version,
    seen: SeenVersion,
    visitor: Owner,
    resources: UsesResources,
    response: Response,
) -> SettingsView:
    """Brings the settings of that version back, as a version of its own."""
    manifest, vault = _manifest(resources, key), Vault(bot_id, key, resources.keys)
    async with hosted_bot_transaction(resources, visitor, bot_id) as connection:
        try:
            row = await bot_modules.restore(
                connection, manifest, vault, version, _author(visitor), seen_version=seen
            )
        except ValidationError as error:
            raise SettingsInvalid(error) from error
    return _settings_view(manifest, vault, row, response)


def _hooked(resources: Resources, key: str) -> None:
    if key not in resources.hooks:
        raise ModuleNotFound(f"module {key!r:.80} is called by nobody: it has no web hook")


@router.get("/modules/{key}/hook", responses=documented(401, 403, 404, 422))
async def read_hook(
    bot_id: BotId, key: ModuleKey, visitor: Owner, resources: UsesResources
) -> hooks.Hook:
    """Where the module's provider is to call, below the panel's own address."""
    _hooked(resources, key)
    async with hosted_bot_transaction(resources, visitor, bot_id) as connection:
        return await hooks.of(connection, resources.keys, bot_id, key)


@router.post("/modules/{key}/hook", responses=documented(401, 403, 404, 422))
async def renew_hook(
    bot_id: BotId, key: ModuleKey, visitor: Owner, resources: UsesResources
) -> hooks.Hook:
    """A new address; the one before works for a day more."""
    _hooked(resources, key)
    async with hosted_bot_transaction(resources, visitor, bot_id) as connection:
        return await hooks.rotate(connection, resources.keys, bot_id, key)
