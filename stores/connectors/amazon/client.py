"""Amazon's endpoints for one seller: token, hosts, quotas; parsed JSON out.

Login with Amazon, Sellers v1, Orders v2026-01-01 (searchOrders, getOrder),
confirmShipment of Orders v0, which has no newer counterpart, Feeds and Reports
2021-06-30 and getSubscription of Notifications v1 (models of August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from stores.connectors.amazon import errors
from stores.connectors.amazon.marketplaces import HOSTS, LWA_HOST, LWA_PATH
from stores.connectors.base import AccountConfig, TokenStore
from stores.errors import UnauthorisedError, UnexpectedAnswerError
from stores.http import Answer, Call, Gateway
from stores.remote_types import BudgetSpec, FreshToken

RATE_HEADER = "x-amzn-RateLimit-Limit"
TOKEN_KIND = "access"  # noqa: S105 - the name of a kind of token
SEARCH, GET, CONFIRM, SELLERS = "searchOrders", "getOrder", "confirmShipment", "sellers"
CREATE_DOCUMENT, CREATE_FEED = "createFeedDocument", "createFeed"
GET_FEED, GET_DOCUMENT = "getFeed", "getFeedDocument"
CREATE_REPORT, GET_REPORT = "createReport", "getReport"
GET_REPORTS, GET_REPORT_DOCUMENT = "getReports", "getReportDocument"
SUBSCRIPTION, NOTIFICATIONS = "getSubscription", "notifications"
_FEEDS = "/feeds/2021-06-30"
_REPORTS = "/reports/2021-06-30"
_SOURCE = "usage plan in the model of August 2026"
BUDGET_SPECS = (
    BudgetSpec(group=SEARCH, capacity=20, rate=0.0056, source=_SOURCE),
    # Looks before a label and at people's word find these when stragglers took the rest.
    BudgetSpec(group=GET, capacity=30, rate=0.5, reserve=5, source=_SOURCE),
    BudgetSpec(group=CONFIRM, capacity=10, rate=2.0, reserve=1, source=_SOURCE),
    BudgetSpec(group=SELLERS, capacity=15, rate=0.016, source=_SOURCE),
    BudgetSpec(group=CREATE_DOCUMENT, capacity=15, rate=0.5, source=_SOURCE),
    BudgetSpec(group=CREATE_FEED, capacity=15, rate=0.0083, source=_SOURCE),
    BudgetSpec(group=GET_FEED, capacity=15, rate=2.0, source=_SOURCE),
    BudgetSpec(group=GET_DOCUMENT, capacity=10, rate=0.0222, source=_SOURCE),
    BudgetSpec(group=CREATE_REPORT, capacity=15, rate=0.0167, source=_SOURCE),
    BudgetSpec(group=GET_REPORT, capacity=15, rate=2.0, source=_SOURCE),
    BudgetSpec(group=GET_REPORTS, capacity=10, rate=0.0222, source=_SOURCE),
    BudgetSpec(group=GET_REPORT_DOCUMENT, capacity=15, rate=0.0167, source=_SOURCE),
    BudgetSpec(group=NOTIFICATIONS, capacity=5, rate=1.0, source=_SOURCE),
)


class AmazonClient:
    """The calls of one account; raises only :mod:`stores.errors`."""

    def __init__(
        self, account: AccountConfig, *, gateway: Gateway, tokens: TokenStore
    ) -> None:
        self._account = account
        self._gateway = gateway
        self._tokens = tokens

    def __repr__(self) -> str:
        return f"AmazonClient({self._account.key})"

    def search_orders(self, params: Mapping[str, str]) -> Answer:
        """One page of searchOrders."""
        return self._send(SEARCH, SEARCH, "GET", "/orders/2026-01-01/orders", params)

    def get_order(
        self, order_id: str, included: str, *, urgent: bool = False
    ) -> Answer:
        """getOrder; an id that Amazon doesn't know is a RejectedError 'not_found'."""
        path = f"/orders/2026-01-01/orders/{quote(order_id, safe='')}"
        return self._send(
            GET, GET, "GET", path, {"includedData": included}, urgent=urgent
        )

    def confirm_shipment(
        self, order_id: str, body: Mapping[str, Any], *, urgent: bool = False
    ) -> Answer:
        """confirmShipment; 204. The same package reference again edits the package."""
        path = f"/orders/v0/orders/{quote(order_id, safe='')}/shipmentConfirmation"
        return self._send(CONFIRM, CONFIRM, "POST", path, json=body, urgent=urgent)

    def create_feed_document(self, content_type: str, *, urgent: bool) -> Answer:
        """createFeedDocument: an id and a presigned address. It changes nothing yet."""
        return self._send(
            CREATE_DOCUMENT,
            CREATE_DOCUMENT,
            "POST",
            f"{_FEEDS}/documents",
            json={"contentType": content_type},
            urgent=urgent,
            write=False,
        )

    def create_feed(self, body: Mapping[str, Any], *, urgent: bool) -> Answer:
        """createFeed; 202 with the feed's id."""
        return self._send(
            CREATE_FEED,
            CREATE_FEED,
            "POST",
            f"{_FEEDS}/feeds",
            json=body,
            urgent=urgent,
        )

    def get_feed(self, feed_id: str, *, urgent: bool) -> Answer:
        """getFeed: how far the processing is."""
        path = f"{_FEEDS}/feeds/{quote(feed_id, safe='')}"
        return self._send(GET_FEED, GET_FEED, "GET", path, urgent=urgent)

    def get_feed_document(self, document_id: str, *, urgent: bool) -> Answer:
        """getFeedDocument: a presigned address that is good for five minutes."""
        path = f"{_FEEDS}/documents/{quote(document_id, safe='')}"
        return self._send(GET_DOCUMENT, GET_DOCUMENT, "GET", path, urgent=urgent)

    def create_report(self, body: Mapping[str, Any]) -> Answer:
        """createReport; 202 with the report's id. Asked twice, it is made twice."""
        return self._send(
            CREATE_REPORT,
            CREATE_REPORT,
            "POST",
            f"{_REPORTS}/reports",
            json=body,
            write=False,
        )

    def get_report(self, report_id: str) -> Answer:
        """getReport: how far it is, and its document once it is DONE."""
        path = f"{_REPORTS}/reports/{quote(report_id, safe='')}"
        return self._send(GET_REPORT, GET_REPORT, "GET", path)

    def get_reports(self, params: Mapping[str, str]) -> Answer:
        """getReports, newest first; ``nextToken`` has to be the only parameter."""
        path = f"{_REPORTS}/reports"
        return self._send(GET_REPORTS, GET_REPORTS, "GET", path, params)

    def get_report_document(self, document_id: str) -> Answer:
        """getReportDocument: a presigned address that is good for five minutes."""
        path = f"{_REPORTS}/documents/{quote(document_id, safe='')}"
        return self._send(GET_REPORT_DOCUMENT, GET_REPORT_DOCUMENT, "GET", path)

    def document(
        self,
        url: str,
        *,
        content: bytes | None = None,
        content_type: str = "",
        operation: str = "",
    ) -> Answer:
        """Send or fetch a document at its presigned address, without our token.

        Raises UnexpectedAnswerError for an address that is not https.
        """
        call = Call(
            operation=operation
            or ("putFeedContent" if content is not None else "getFeedContent"),
            method="PUT" if content is not None else "GET",
            url=url,
            data=content,
            headers={"Content-Type": content_type} if content_type else {},
        )
        own = f"{self._account.sandbox_url}/"
        if not url.startswith("https://") and not (own != "/" and url.startswith(own)):
            raise UnexpectedAnswerError(
                f"{call.operation}: Amazon gave an address that is not https"
            )

        def classify(answer: Answer) -> None:
            if answer.status >= 300:
                raise errors.document_error(answer, call)

        return self._gateway.send(call, classify=classify)

    def subscription(self, kind: str, version: str) -> Answer:
        """getSubscription; a RejectedError 'not_found' where there is none."""
        return self._send(
            SUBSCRIPTION,
            NOTIFICATIONS,
            "GET",
            f"/notifications/v1/subscriptions/{quote(kind, safe='')}",
            {"payloadVersion": version},
            urgent=True,
        )

    def participations(self, region: str = "") -> Answer:
        """The marketplaces that the seller is in, asked in its or another region."""
        return self._send(
            "getMarketplaceParticipations",
            SELLERS,
            "GET",
            "/sellers/v1/marketplaceParticipations",
            region=region,
            urgent=True,
        )

    def new_token(self) -> FreshToken:
        """An access token and the seconds it is good for, from Login with Amazon."""
        answer = self._login(
            grant_type="refresh_token",
            refresh_token=self._account.secrets.get("refresh_token", ""),
        )
        body = answer.json()
        token = body.get("access_token") if isinstance(body, dict) else None
        seconds = body.get("expires_in") if isinstance(body, dict) else None
        if not isinstance(token, str) or not isinstance(seconds, int | float):
            raise _without(answer, "a token or its life span")
        return FreshToken(token=token, seconds=float(seconds))

    def refresh_token(self, code: str, redirect_uri: str) -> str:
        """The refresh token that an authorisation code stands for; it works once."""
        answer = self._login(
            grant_type="authorization_code", code=code, redirect_uri=redirect_uri
        )
        body = answer.json()
        token = body.get("refresh_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise _without(answer, "a refresh token")
        return token

    def _login(self, **form: str) -> Answer:
        """A call to the token endpoint of Login with Amazon, as our application."""
        call = Call(
            operation="token",
            method="POST",
            url=self._lwa_url(),
            data={
                **form,
                "client_id": str(self._account.settings.get("client_id", "")),
                "client_secret": self._account.secrets.get("lwa_client_secret", ""),
            },
        )

        def classify(answer: Answer) -> None:
            if answer.status != 200:
                raise errors.token_error(answer, call)

        return self._gateway.send(call, classify=classify)

    def _send(
        self,
        operation: str,
        group: str,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        json: Mapping[str, Any] | None = None,
        urgent: bool = False,
        region: str = "",
        write: bool = True,
    ) -> Answer:
        """Send with an access token; a refused one is replaced once.

        ``write`` says of a call that is no GET whether it may have changed something.
        """
        token = self._tokens.get(TOKEN_KIND)
        fresh = not token
        while True:
            if not token:
                token = self._tokens.refresh(TOKEN_KIND, self.new_token)
            call = Call(
                operation=operation,
                method=method,
                url=f"{self._base_url(region)}{path}",
                groups=(group,),
                params=params,
                json=json,
                headers={"x-amz-access-token": token},
                write=write and method != "GET",
                urgent=urgent,
            )
            try:
                return self._classified(call, group)
            except UnauthorisedError:
                if fresh:
                    raise
                # Amazon answers 403 to an expired token and to a missing role alike.
                token, fresh = "", True

    def _classified(self, call: Call, group: str) -> Answer:
        def classify(answer: Answer) -> None:
            rate = _rate(answer)
            if rate:
                self._gateway.learn(answer, group, rate=rate)
            if answer.status >= 300:
                # Amazon sends no Retry-After: one token's refill is the least wait.
                raise errors.api_error(
                    answer,
                    call,
                    retry_after=self._gateway.refill_seconds(group)
                    if answer.status == 429
                    else 0.0,
                )

        return self._gateway.send(call, classify=classify)

    def _base_url(self, region: str) -> str:
        region = region or self._account.region
        if self._account.sandbox_url:
            return f"{self._account.sandbox_url}/{region}"
        try:
            return HOSTS[region]
        except KeyError:
            raise UnauthorisedError(
                f"The account's region {region!r} is none of Amazon's: "
                + ", ".join(HOSTS),
                reason="wrong_region",
            ) from None

    def _lwa_url(self) -> str:
        return f"{self._account.sandbox_url or LWA_HOST}{LWA_PATH}"


def _without(answer: Answer, what: str) -> UnexpectedAnswerError:
    """The error for an answer that lacks something; its body would keep tokens."""
    error = answer.unexpected(f"Login with Amazon answered without {what}")
    error.body = ""
    return error


def _rate(answer: Answer) -> float:
    """The rate that an answer tells (only 20x, 400 and 404 do), or 0."""
    try:
        return max(0.0, float(answer.headers.get(RATE_HEADER, "0")))
    except ValueError:
        return 0.0
