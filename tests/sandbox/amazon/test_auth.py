from __future__ import annotations

import pytest

from stores.sandbox.core import ControlError
from tests.sandbox.amazon.driver import Driver, read

PARTICIPATIONS = "sellers/v1/marketplaceParticipations"


def test_refresh_token_gives_an_access_token_for_an_hour(amazon: Driver) -> None:
    body = read(amazon.login())

    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 3600
    assert body["refresh_token"] == "Atzr|demo"
    assert body["access_token"].startswith("Atza|")
    assert amazon.ledger("token")[-1]["seller_id"] == "A2DEMOSELLER"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"refresh_token": "Atzr|other"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, 400, "invalid_scope"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "invalid_grant"),
    ],
)
def test_refused_logins(
    amazon: Driver, changes: dict[str, str], status: int, error: str
) -> None:
    response = amazon.login(**changes)

    assert response.status_code == status
    assert read(response)["error"] == error
    assert read(response)["error_description"]
    assert amazon.ledger("token_refused")[-1]["error"] == error


def test_token_expires_in_business_time(amazon: Driver) -> None:
    assert amazon.get(PARTICIPATIONS).status_code == 200

    amazon.time.move(seconds=3599)
    assert amazon.get(PARTICIPATIONS).status_code == 200
    amazon.time.move(seconds=1)
    response = amazon.get(PARTICIPATIONS)

    assert response.status_code == 403
    assert read(response)["errors"][0]["code"] == "Unauthorized"
    assert "expired" in read(response)["errors"][0]["details"]
    assert "x-amzn-RateLimit-Limit" not in response


@pytest.mark.parametrize(("token", "gist"), [("", "missing"), ("Atza|x", "malformed")])
def test_call_without_a_good_token_is_403(
    amazon: Driver, token: str, gist: str
) -> None:
    amazon.token = token

    response = amazon.get(PARTICIPATIONS)

    assert response.status_code == 403
    assert gist in read(response)["errors"][0]["details"]


def test_wrong_region_is_403(amazon: Driver) -> None:
    assert amazon.get(f"eu/{PARTICIPATIONS}").status_code == 200

    response = amazon.get(f"na/{PARTICIPATIONS}")

    assert response.status_code == 403
    assert read(response)["errors"][0]["code"] == "Unauthorized"


def test_authorisation_code_works_once_and_for_five_minutes(amazon: Driver) -> None:
    def consent() -> str:
        code: str = amazon.peer.control("authorise", {"seller_id": "A2DEMOSELLER"})[
            "code"
        ]
        return code

    first, late = consent(), consent()
    good = amazon.login(grant_type="authorization_code", code=first)
    again = amazon.login(grant_type="authorization_code", code=first)
    amazon.time.move(seconds=300)
    expired = amazon.login(grant_type="authorization_code", code=late)

    assert good.status_code == 200
    assert again.status_code == expired.status_code == 400
    refresh = read(good)["refresh_token"]
    assert amazon.login(refresh_token=refresh).status_code == 200
    assert amazon.get(PARTICIPATIONS).status_code == 200


def test_grantless_token_has_no_refresh_token_and_reads_no_orders(
    amazon: Driver,
) -> None:
    response = amazon.login(
        grant_type="client_credentials", scope="sellingpartnerapi::notifications"
    )

    assert "refresh_token" not in read(response)
    assert amazon.search().status_code == 403


def test_revoked_seller_loses_tokens_until_the_fault_is_cleared(amazon: Driver) -> None:
    amazon.peer.fault({"fault": "revoked"})

    assert read(amazon.login())["error"] == "invalid_grant"
    assert amazon.search().status_code == 403

    amazon.peer.clear_faults()
    assert amazon.login().status_code == 200
    assert amazon.search().status_code == 200


def test_expired_secret_is_invalid_client(amazon: Driver) -> None:
    amazon.peer.fault({"fault": "secret_expired"})

    response = amazon.login()

    assert response.status_code == 401
    assert read(response)["error"] == "invalid_client"
    # A token handed out before keeps working.
    assert amazon.search().status_code == 200


def test_missing_role_closes_the_order_reads(amazon: Driver) -> None:
    path = f"eu/orders/2026-01-01/orders/{amazon.place_one()}"
    amazon.peer.fault({"fault": "role_missing"})

    assert amazon.search().status_code == 403
    assert amazon.get(path).status_code == 403
    assert amazon.get(PARTICIPATIONS).status_code == 200

    amazon.peer.clear_faults()
    assert amazon.search().status_code == 200


def test_missing_role_of_the_list_alone(amazon: Driver) -> None:
    order_id = amazon.place_one()
    amazon.peer.fault({"fault": "role_missing", "operation": "searchOrders"})

    assert amazon.search().status_code == 403
    assert amazon.order(order_id)["orderId"] == order_id
    with pytest.raises(ControlError, match="confirmShipment"):
        amazon.peer.fault({"fault": "role_missing", "operation": "confirmShipment"})


def test_marketplace_that_the_seller_left(amazon: Driver) -> None:
    amazon.peer.configure({"sellers": [{"id": "A2DEMOSELLER", "inactive": ["DE"]}]})

    rows = read(amazon.get(PARTICIPATIONS))["payload"]

    assert {
        row["marketplace"]["countryCode"]: row["participation"]["isParticipating"]
        for row in rows
    } == {"GB": True, "DE": False, "FR": True}


def test_application_without_roles_reads_no_orders(amazon: Driver) -> None:
    amazon.peer.configure({"roles": []})

    assert amazon.search().status_code == 403
    assert amazon.get(PARTICIPATIONS).status_code == 200


def test_unknown_fault_is_refused_with_the_known_ones(amazon: Driver) -> None:
    with pytest.raises(ControlError, match="poison"):
        amazon.peer.fault({"fault": "meteor"})
    with pytest.raises(ControlError, match="many"):
        amazon.peer.fault({"fault": "poison", "count": "many"})
    with pytest.raises(ControlError, match="no order"):
        amazon.peer.fault({"fault": "poison", "order_id": "1"})


def test_second_seller_sees_only_its_own_orders(amazon: Driver) -> None:
    first = amazon.place_one()
    amazon.peer.configure(
        {
            "apps": [{"client_id": "other", "client_secret": "s"}],
            "sellers": [
                {
                    "id": "A3US",
                    "region": "na",
                    "marketplaces": ["US"],
                    "refresh_token": "Atzr|us",
                    "client_id": "other",
                }
            ],
        }
    )
    second = amazon.place_one(marketplace="US")

    assert amazon.found() == [first]
    # A refresh token belongs to the application it was granted to.
    assert amazon.login(refresh_token="Atzr|us").status_code == 400
    amazon.login(refresh_token="Atzr|us", client_id="other", client_secret="s")
    found = amazon.get(
        "na/orders/2026-01-01/orders", lastUpdatedAfter="2026-01-01T00:00:00Z"
    )
    assert [order["orderId"] for order in read(found)["orders"]] == [second]
    path = f"na/orders/2026-01-01/orders/{first}"
    assert amazon.get(path).status_code == 404
