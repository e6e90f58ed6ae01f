"""A ShipStation account that changed behind our back: stores, tags, carriers."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import KINDS, ExceptionKind, Resolution, Severity, Team

MEANT = Resolution(
    code="meant",
    label="It is meant so",
    effect="Closes the case with your reason; it opens again only if this is mended and "
    "happens once more.",
    verb="accept",
    needs_reason=True,
)
NOT_USED = Resolution(
    code="not_used",
    label="Not used for these stores",
    effect="Closes the case with your reason. A parcel that goes with it all the same "
    "becomes a case of its own.",
    verb="accept",
    needs_reason=True,
)

KINDS.register(
    ExceptionKind(
        code="drift_store_gone",
        label="ShipStation store is gone",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="The store of ShipStation that one of our stores belongs to is in its list "
        "no more.",
        effect="Orders can't be created there, and what was imported is not found again. "
        "Orders that are there already can still be shipped.",
        checks=(
            "Is it the right ShipStation account? The account's page names its stores.",
            "Did somebody delete the store under Settings, Selling Channels?",
        ),
        steps=(
            "Deleted by mistake: ask ShipStation's support, or set it up anew there.",
            (
                "Set up anew: choose the new store in this store's settings here (an "
                "administrator may). The case closes by itself within minutes."
            ),
            "Not used any more: pause the store here, and press 'It is meant so'.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks whoever keeps the ShipStation account.",
        proof="ShipStation's list shows the store again, or ours belongs to another "
        "one.",
        closes_itself="When the store is in ShipStation's list.",
        sla=timedelta(hours=4),
        no_fix="Stores are made and removed at ShipStation's screen only.",
        resolutions=(MEANT,),
    )
)
KINDS.register(
    ExceptionKind(
        code="drift_store_inactive",
        label="ShipStation store is inactive",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="The store was deactivated in ShipStation.",
        effect="ShipStation refuses new orders for it; a store with a connection of its own "
        "imports nothing and tells the marketplace nothing.",
        checks=(
            "Who deactivated it, and why? See Settings, Selling Channels, Store Setup.",
            "Does its connection show an error there? eBay's must be renewed once a year.",
        ),
        steps=(
            "In ShipStation open Store Setup, choose 'Show inactive', and reactivate it.",
            "The case closes by itself within minutes; what was refused goes out again.",
            "Meant: pause the store here, and press 'It is meant so'.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks whoever keeps the ShipStation account.",
        proof="ShipStation shows the store as active.",
        closes_itself="When the store is active again.",
        sla=timedelta(hours=4),
        no_fix="A store is activated at ShipStation's screen.",
        resolutions=(MEANT,),
    )
)
KINDS.register(
    ExceptionKind(
        code="drift_store_moved",
        label="Store connected again under a new id",
        team=Team.LEAD,
        owner_system="you",
        trigger="The store that ours belongs to is gone or inactive in ShipStation, and "
        "an active one of the same name or channel is there under another id.",
        effect="We look in the old store: new orders are taken for missing, and pushes "
        "are refused.",
        checks=(
            "Are both the same marketplace account? Compare them in Store Setup.",
            "Which orders came into the new one? Those of the old stay where they are.",
        ),
        steps=(
            (
                "Choose the new ShipStation store in this store's settings here; an "
                "administrator may."
            ),
            "Orders that are in the old store are followed there to their end.",
            "The case closes by itself within minutes.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="The lead tells ops when the store's new id is set here.",
        proof="Our store names the id that is active.",
        closes_itself="When our store belongs to an active one.",
        sla=timedelta(hours=4),
        no_fix="Which store is meant is a lead's to say, on the store's page.",
        resolutions=(MEANT,),
    )
)
KINDS.register(
    ExceptionKind(
        code="drift_tag_gone",
        label="Stop tag is gone",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="The tag by which packers see why an order is held was deleted or renamed "
        "in ShipStation. Its interface can't make tags.",
        effect="Orders are held all the same, but packers do not see why, and a hold that "
        "somebody releases by hand carries no warning.",
        checks=(
            "The tag's name stands in the sentence above, and on the account's page here.",
            "Was it renamed? Then enter the new name on the account's page.",
        ),
        steps=(
            "In ShipStation under Settings, Account, Tags make a tag of exactly this name.",
            "We find it within minutes; the case closes by itself.",
        ),
        buyer_sees="Nothing.",
        tells="Ops tells packing that held orders carry no tag for now.",
        proof="ShipStation's list of tags shows it under its old name.",
        closes_itself="When the tag is there again.",
        severity=Severity.DOUBT,
        sla=timedelta(days=1),
        no_fix="Tags are made at ShipStation's screen only.",
        resolutions=(MEANT,),
    )
)
KINDS.register(
    ExceptionKind(
        code="drift_carrier",
        label="New carrier without a code",
        team=Team.OPS,
        owner_system="you",
        trigger="Somebody connected a carrier in ShipStation, and no mapping says what the "
        "marketplaces are told for it. This is told once.",
        effect="The first parcel that goes with it can't be confirmed and waits for a code.",
        checks=(
            "Will orders of these stores go with it at all?",
            "Which code does the marketplace know for this carrier? Never 'the nearest'.",
        ),
        steps=(
            "Map it under Stores, Carriers; the case closes by itself within minutes.",
            "Not used for these stores: press 'Not used for these stores'.",
        ),
        buyer_sees="Nothing yet.",
        tells="Nobody.",
        proof="The carrier has a code for each marketplace, or is not used.",
        closes_itself="When it is mapped, or is gone from ShipStation.",
        severity=Severity.DOUBT,
        sla=timedelta(days=1),
        no_fix="Its fix is a mapping, on the carriers' page.",
        resolutions=(NOT_USED,),
    )
)
KINDS.register(
    ExceptionKind(
        code="drift_service",
        label="New service without a code",
        team=Team.OPS,
        owner_system="you",
        trigger="A carrier in ShipStation offers a service that is new, and its mapping "
        "names services one by one. This is told once.",
        effect="The first parcel that goes with it can't be confirmed and waits for a code.",
        checks=(
            "Will orders of these stores go with it at all?",
            "Would one mapping for any service of this carrier do?",
        ),
        steps=(
            "Map it under Stores, Carriers; the case closes by itself within minutes.",
            "Not used for these stores: press 'Not used for these stores'.",
        ),
        buyer_sees="Nothing yet.",
        tells="Nobody.",
        proof="The service has a code, or is not used.",
        closes_itself="When it is mapped, or is gone from ShipStation.",
        severity=Severity.DOUBT,
        sla=timedelta(days=1),
        no_fix="Its fix is a mapping, on the carriers' page.",
        resolutions=(NOT_USED,),
    )
)
