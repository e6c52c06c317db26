"""X-Series routes: version feeds of sales, customers, products, payment types; 2.0 and 2026-07."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from sandbox.lightspeed import x_payload
from sandbox.lightspeed.oauth import OAuthError
from sandbox.lightspeed.records import MICROS, Product, Sale, number_of, to_us, uuid_of
from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.lightspeed.store import Store
from sandbox.lightspeed.x_oauth import TOKEN_PATH, XOAuth

Shape = Callable[[list[Any]], list[Any]]
_KEYS = {
    "sales": "sale_id",
    "customers": "customer_id",
    "products": "product_id",
    "payment_types": "payment_type_id",
}
_DEFAULT_PAGE = 200
_COMPLETED = "COALESCE(completed_us, 0) / 1000000"
_BY_DATE = (
    f"WHERE {_COMPLETED} BETWEEN ? AND ? OR ({_COMPLETED} = 0 AND created_us / 1000000 BETWEEN ? AND ?) "
    "ORDER BY COALESCE(completed_us, created_us) DESC, sale_id DESC LIMIT ? OFFSET ?"
)


class FeedError(Exception):
    """A parameter that the API refuses with 400."""


def json_response(content: Any, status: int = 200) -> Response:
    """A JSON response, encoded with msgspec."""
    return Response(x_payload.encode_json(content), status, media_type="application/json")


def error_response(status: int, title: str, message: str) -> Response:
    """The generic error envelope."""
    return json_response({"error": title, "message": message}, status)


class XSeries:
    """Reads pages of the version feed and shapes them for one API version."""

    def __init__(self, store: Store, settings: SimulatorSettings) -> None:
        self._store = store
        self._settings = settings
        self._paths: dict[int, list[dict[str, str]]] | None = None

    def feed(self, table: str, shape: Shape, request: Request) -> bytes:
        """One page, oldest version first; unknown parameters (``page``, ``date_from``) are ignored.

        Raises:
            FeedError: ``after``, ``before`` or ``page_size`` is no integer.
        """
        query = request.query_params
        clauses, parameters = ["version > ?"], [_integer(query.get("after"), "after", 0)]
        if "before" in query:
            clauses.append("version < ?")
            parameters.append(_integer(query["before"], "before", 0))
        if table in {"customers", "products"} and query.get("deleted", "false").lower() != "true":
            clauses.append("is_archived = 0")
        size = _integer(query.get("page_size"), "page_size", _DEFAULT_PAGE)
        size = min(max(size, 1), self._settings.x_page_size_cap)
        tail = f"WHERE {' AND '.join(clauses)} ORDER BY version LIMIT ?"
        records = getattr(self._store, table)(tail, [*parameters, size])
        ends = (records[0].version, records[-1].version) if records else (None, None)
        body = {"data": shape(records), "version": {"min": ends[0], "max": ends[1]}}
        return x_payload.encode_json(body)

    def one(self, table: str, shape: Shape, identifier: str) -> Any | None:
        """One shaped record, None if there is none of that id."""
        number = number_of(identifier)
        if number is None or uuid_of(_KEYS[table].removesuffix("_id"), number) != identifier.lower():
            return None
        found = getattr(self._store, table)(f"WHERE {_KEYS[table]} = ?", [number])
        return shape(found)[0] if found else None

    def search(self, shape: Shape, request: Request) -> bytes:
        """Sales by their date, newest first, paged by offset; both ends of the span are part of it.

        Raises:
            FeedError: Another type than sales, no date, or a parameter that is not read here.
        """
        query = request.query_params
        if query.get("type") != "sales":
            raise FeedError("The simulator searches for type=sales only")
        unknown = set(query) - {"type", "date_from", "date_to", "offset", "page_size"}
        if unknown:
            raise FeedError(f"The simulator does not search by {min(unknown)}")
        span = [_seconds(query.get(name), name) for name in ("date_from", "date_to")]
        size = _integer(query.get("page_size"), "page_size", _DEFAULT_PAGE)
        size = min(max(size, 1), self._settings.x_page_size_cap)
        offset = _integer(query.get("offset"), "offset", 0)
        records = self._store.sales(_BY_DATE, [*span, *span, size, offset])
        return x_payload.encode_json({"data": shape(records)})

    def _type_names(self) -> dict[int, str]:
        return {kind.payment_type_id: kind.name for kind in self._store.payment_types()}

    def flat_sales(self, sales: list[Sale]) -> list[Any]:
        """Sales as ``/api/2.0`` writes them."""
        names, tax = self._type_names(), self._settings.tax_basis_points
        return [x_payload.sale_2_0(sale, names, tax) for sale in sales]

    def nested_sales(self, sales: list[Sale]) -> list[Any]:
        """Sales as ``/api/2026-07`` writes them."""
        names, tax, returns = self._type_names(), self._settings.tax_basis_points, self._returns(sales)
        return [x_payload.sale_2026_07(sale, names, tax, returns.get(sale.sale_id, [])) for sale in sales]

    def _returns(self, sales: list[Sale]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        if sales:
            rows = self._store.rows("SELECT return_of, sale_id FROM sales WHERE return_of > 0 ORDER BY sale_id")
            for original, sale_id in rows:
                found.setdefault(original, []).append(sale_id)
        return found

    def products(self, products: list[Product]) -> list[Any]:
        """Products with their category's path from the root down."""
        if self._paths is None:
            self._paths = self._category_paths()
        return [x_payload.product(product, self._paths, self._settings.tax_basis_points) for product in products]

    def _category_paths(self) -> dict[int, list[dict[str, str]]]:
        paths: dict[int, list[dict[str, str]]] = {}
        for node in self._store.categories("ORDER BY depth, category_id"):
            own = {"id": uuid_of("category", node.category_id), "name": node.name}
            paths[node.category_id] = [*paths.get(node.parent_id, []), own]
        return paths


def _integer(text: str | None, name: str, default: int) -> int:
    try:
        return default if text is None else int(text)
    except ValueError:
        raise FeedError(f"{name} must be an integer") from None


def _seconds(text: str | None, name: str) -> int:
    try:
        return to_us(datetime.fromisoformat(text or "")) // MICROS
    except ValueError:
        raise FeedError(f"{name} must be a time such as 2016-08-08T12:00:00Z") from None


def router(store: Store, settings: SimulatorSettings, oauth: XOAuth) -> APIRouter:
    """The routes under ``/api/2.0`` and ``/api/2026-07``, and the token endpoint."""
    routes = APIRouter(tags=["X-Series"])
    series = XSeries(store, settings)
    shapes: dict[str, Shape] = {
        "customers": lambda records: [x_payload.customer(record) for record in records],
        "products": series.products,
        "payment_types": lambda records: [x_payload.payment_type(record) for record in records],
    }
    versions: dict[str, dict[str, Shape]] = {
        "2.0": {"sales": series.flat_sales, **shapes},
        "2026-07": {"sales": series.nested_sales, **shapes},
    }

    @routes.get("/api/{version}/{table}")
    def many(version: str, table: str, request: Request) -> Response:
        shape = versions.get(version, {}).get("sales" if table == "search" else table)
        if shape is None:
            return error_response(404, "Not Found", f"There is no /api/{version}/{table}")
        try:
            if table == "search":
                return Response(series.search(shape, request), media_type="application/json")
            return Response(series.feed(table, shape, request), media_type="application/json")
        except FeedError as error:
            return error_response(400, "Bad Request", str(error))

    @routes.get("/api/{version}/{table}/{identifier}")
    def one(version: str, table: str, identifier: str) -> Response:
        shape = versions.get(version, {}).get(table)
        found = series.one(table, shape, identifier) if shape else None
        if found is None:
            return error_response(404, "Not Found", f"There is no /api/{version}/{table}/{identifier}")
        return json_response({"data": found})

    @routes.post(TOKEN_PATH)
    async def token(request: Request) -> Response:
        passes, headers = oauth.count()
        if not passes:
            answer = error_response(429, "Too Many Requests", "Rate limiting enforced")
        else:
            try:
                form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
                answer = json_response(oauth.grant(form))
            except OAuthError as error:
                answer = json_response({"error": error.error, "error_description": error.description}, error.status)
        answer.headers.update(headers)
        return answer

    return routes
