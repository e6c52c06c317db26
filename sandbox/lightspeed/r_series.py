"""R-Series V3 routes: lists with opaque cursors, single records, the account and the OAuth endpoints."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response

from sandbox.lightspeed import r_catalogue, r_payload
from sandbox.lightspeed.oauth import OAuth, OAuthError, read_form
from sandbox.lightspeed.r_query import (
    Query,
    QueryError,
    Resource,
    encode_cursor,
    parse_query,
    parse_relations,
)
from sandbox.lightspeed.records import Sale, number_of
from sandbox.lightspeed.resources import RESOURCES
from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.lightspeed.store import Store

_TABLES = {
    "Sale": "sales",
    "Customer": "customers",
    "Item": "products",
    "Category": "categories",
    "PaymentType": "payment_types",
}


def json_response(content: Any, status: int = 200) -> Response:
    """A JSON response, encoded with msgspec."""
    body = content if isinstance(content, bytes) else r_payload.encode_json(content)
    return Response(body, status, media_type="application/json")


def error_response(status: int, title: str, message: str) -> Response:
    """An error in the shape that R-Series clients expect: ``httpCode`` is a string."""
    names = {400: "InvalidArgumentException", 404: "NotFoundException"}
    body = {"httpCode": str(status), "httpMessage": title, "message": message}
    return json_response({**body, "errorClass": names.get(status, "Exception")}, status)


class RSeries:
    """Reads one page or one record of a resource and shapes it."""

    def __init__(self, store: Store, settings: SimulatorSettings) -> None:
        self._store = store
        self._settings = settings

    def read(self, resource: Resource, tail: str, parameters: list[Any]) -> list[Any]:
        """Records of a resource selected by what follows FROM."""
        return getattr(self._store, _TABLES[resource.name])(tail, parameters)

    def count(self, resource: Resource, query: Query) -> int:
        """How many records a list request matches."""
        where = f"WHERE {' AND '.join(query.where)}" if query.where else ""
        statement = " ".join(("SELECT COUNT(*) FROM", _TABLES[resource.name], where))
        return self._store.rows(statement, query.parameters)[0][0]

    def shape(self, resource: Resource, records: list[Any], relations: frozenset[str]) -> list[Any]:
        """JSON-ready payloads of the records."""
        if resource.name == "Sale":
            parts, tax = self._parts(records, relations), self._settings.tax_basis_points
            return [r_payload.sale(record, relations, parts, tax) for record in records]
        if resource.name == "Customer":
            return [r_catalogue.customer(record, "Contact" in relations) for record in records]
        if resource.name == "Item":
            categories = self._by_id("categories", "category_id", records, "Category" in relations)
            maker = "Manufacturer" in relations
            return [r_catalogue.item(record, categories.get(record.category_id), maker) for record in records]
        shapes: dict[str, Callable[[Any], Any]] = {
            "Category": r_catalogue.category,
            "PaymentType": r_catalogue.payment_type,
        }
        return [shapes[resource.name](record) for record in records]

    def _by_id(self, table: str, key: str, records: Iterable[Any], wanted: bool = True) -> dict[int, Any]:
        ids = sorted({getattr(record, key) for record in records}) if wanted else []
        if not ids:
            return {}
        marks = ", ".join("?" * len(ids))
        found = getattr(self._store, table)(f"WHERE {key} IN ({marks})", ids)
        return {getattr(record, key): record for record in found}

    def _parts(self, sales: list[Sale], relations: frozenset[str]) -> r_payload.SaleParts:
        lines = (line for sale in sales for line in sale.lines)
        return r_payload.SaleParts(
            {kind.payment_type_id: kind for kind in self._store.payment_types()},
            self._by_id("customers", "customer_id", sales, "Customer" in relations),
            self._by_id("products", "product_id", lines, "SaleLines.Item" in relations),
        )

    def page(self, resource: Resource, query: Query, link: Callable[[Query, str, str], str]) -> bytes:
        """One page with the addresses of its neighbours, ``""`` where there is none."""
        records = self.read(resource, *query.tail(resource)) if query.limit else []
        more = len(records) > query.limit
        records = records[: query.limit]
        if query.backwards:
            records.reverse()
        has_next, has_previous = (bool(records), more) if query.backwards else (more, query.has_cursor)
        attributes = {
            "next": link(query, "after", _cursor(resource, query, records[-1])) if has_next and records else "",
            "previous": link(query, "before", _cursor(resource, query, records[0])) if has_previous and records else "",
        }
        body: dict[str, Any] = {"@attributes": attributes}
        shaped = self.shape(resource, records, query.relations)
        if shaped:
            body[resource.name] = shaped[0] if len(shaped) == 1 else shaped
        return r_payload.encode_json(body)


def _cursor(resource: Resource, query: Query, record: Any) -> str:
    names = [resource.key] if query.sort == resource.key else [query.sort, resource.key]
    return encode_cursor([resource.columns[name].read(record) for name in names])


def _link(request: Request) -> Callable[[Query, str, str], str]:
    """Addresses of other pages: the request's own filters, then sort, limit and the cursor."""
    kept = [pair for pair in request.query_params.multi_items() if pair[0] not in {"sort", "limit", "after", "before"}]

    def address(query: Query, way: str, cursor: str) -> str:
        order = ("-" if query.descending else "") + query.sort
        pairs = [*kept, ("sort", order), ("limit", str(query.limit)), (way, cursor)]
        return str(request.url.replace(query=urlencode(pairs, quote_via=quote)))

    return address


def router(store: Store, settings: SimulatorSettings, oauth: OAuth) -> APIRouter:
    """The routes under ``/API/V3`` and ``/auth/oauth``."""
    routes = APIRouter(tags=["R-Series"])
    series = RSeries(store, settings)

    def find(account: str, name: str) -> Resource | None:
        return RESOURCES.get(name) if account == settings.account_id else None

    @routes.get("/API/V3/Account.json")
    def account() -> Response:
        link = {"@attributes": {"href": f"/API/V3/Account/{settings.account_id}.json"}}
        owner = {"accountID": settings.account_id, "name": "Sandbox shop", "link": link}
        return json_response({"@attributes": {"count": "1"}, "Account": owner})

    @routes.get("/API/V3/Account/{account_id}/{name}.json")
    def many(account_id: str, name: str, request: Request) -> Response:
        resource = find(account_id, name)
        if resource is None:
            return error_response(404, "Not Found", f"There is no {name} in account {account_id}")
        try:
            query = parse_query(request.query_params, resource)
            if query.count:
                return json_response({"@attributes": {"count": str(series.count(resource, query))}})
            return json_response(series.page(resource, query, _link(request)))
        except QueryError as error:
            return error_response(400, "Bad Request", str(error))

    @routes.get("/API/V3/Account/{account_id}/{name}/{record_id}.json")
    def one(account_id: str, name: str, record_id: str, request: Request) -> Response:
        resource = find(account_id, name)
        number = number_of(record_id) if record_id.isdecimal() else None
        if resource is None or number is None:
            return error_response(404, "Not Found", f"There is no {name} {record_id} in account {account_id}")
        try:
            relations = frozenset(parse_relations(request.query_params.get("load_relations"), resource))
        except QueryError as error:
            return error_response(400, "Bad Request", str(error))
        key = resource.columns[resource.key].expression
        found = series.shape(resource, series.read(resource, f"WHERE {key} = ?", [number]), relations)
        if not found:
            return error_response(404, "Not Found", f"There is no {name} {record_id} in account {account_id}")
        return json_response({"@attributes": {"count": "1"}, name: found[0]})

    _add_oauth(routes, oauth)
    return routes


def _add_oauth(routes: APIRouter, oauth: OAuth) -> None:
    @routes.post("/auth/oauth/token")
    async def token(request: Request) -> Response:
        content_type = request.headers.get("content-type", "")
        try:
            if content_type.startswith("multipart/"):
                form = {name: str(value) for name, value in (await request.form()).items()}
            else:
                form = read_form(await request.body(), content_type)
            return json_response(oauth.grant(form))
        except OAuthError as error:
            body = {"error": error.error, "error_description": error.description}
            return json_response(body, error.status)

    @routes.get("/.well-known/jwks")
    def jwks() -> Response:
        return json_response(oauth.jwks())
