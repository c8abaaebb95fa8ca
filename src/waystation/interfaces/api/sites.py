"""Replication: what partners ask each other, and what administrators look at and decide."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router

from waystation.domains.transfers.door import Offer, Parcel, RuleInfo, Standing
from waystation.interfaces.api.callers import who
from waystation.interfaces.api.forms_sites import (
    AskedForm,
    HoldsForm,
    IntroductionForm,
    KeysForm,
    OfferForm,
    ReportForm,
    RuleForm,
    SettleForm,
    SpaceForm,
)
from waystation.interfaces.api.shapes import answers
from waystation.interfaces.services import services
from waystation.interfaces.wire_sites import (
    AlarmsWire,
    DoneWire,
    EstimateWire,
    HelloWire,
    HoldsWire,
    PartnersWire,
    RepairsWire,
    RulesWire,
    SendingWire,
    SettledWire,
    ShipmentFilesWire,
    ShipmentsWire,
    ShipmentWire,
    SourcesWire,
    WelcomeWire,
)

partners = Router(tags=["between sites"])
router = Router(tags=["replication"])
Page = Annotated[int, Field(ge=1, le=1_000)]
Number = Annotated[int, Field(ge=1, le=2**62)]
After = Annotated[int, Field(ge=0, le=2**31 - 1)]


@partners.get("/hello", summary="Who this site is", openapi_extra=answers(HelloWire))
def hello(request: HttpRequest) -> object:
    """For a partner's account only: shows that the token is good."""
    return HelloWire(services().transfers.receiving.hello(who(request)).name)


@partners.put("/hello", summary="Say where a partner is", openapi_extra=answers(HelloWire))
def introduce(request: HttpRequest, form: IntroductionForm) -> object:
    """The second half of pairing: the caller's own address, and a token for us there."""
    known = services().transfers.introduced(who(request), url=form.url, token=form.token)
    return HelloWire(known.name)


@partners.post("/offers", summary="Announce a shipment", openapi_extra=answers(WelcomeWire))
def offer(request: HttpRequest, form: OfferForm) -> object:
    """What is taken of it, and where to put it. The same key again is the same shipment."""
    parcels = [Parcel(**each.model_dump()) for each in form.parcels]
    asked = Offer(form.key, form.space, parcels)
    return WelcomeWire.of(services().transfers.receiving.expect(who(request), asked))


@partners.post("/settle", summary="Say what has come", openapi_extra=answers(SettledWire))
def settle(request: HttpRequest, form: SettleForm) -> object:
    """And hear how these shipments stand; null of one that is not known here."""
    found = services().transfers.receiving.settle(who(request), form.arrived)
    return SettledWire.of(found)


@partners.post("/report", summary="Say how shipments ended", openapi_extra=answers(DoneWire))
def report(request: HttpRequest, form: ReportForm) -> object:
    """Of shipments that the receiver of this call has sent."""
    told = {k: Standing(s.open, s.landed, s.failed) for k, s in form.shipments.items()}
    services().transfers.receiving.report(who(request), told)
    return DoneWire(done=True)


@partners.post("/sending", summary="Ask what still comes", openapi_extra=answers(SendingWire))
def sending(request: HttpRequest, form: KeysForm) -> object:
    """`coming`, `sent` or `unknown` for each key."""
    found = services().transfers.receiving.sending(who(request), form.keys)
    return SendingWire({key: str(word) for key, word in found.items()})


@partners.post("/holds", summary="Ask which copies are here", openapi_extra=answers(HoldsWire))
def holds(request: HttpRequest, form: HoldsForm) -> object:
    """For each (path, sha256) whether it is in the space, whole as far as is known."""
    there = services().transfers.receiving.holds(who(request), form.space, form.files)
    return HoldsWire(there)


@partners.post("/sources", summary="Ask how to fetch", openapi_extra=answers(SourcesWire))
def sources(request: HttpRequest, form: SpaceForm) -> object:
    """For a partner whose own files are damaged: how those of a space are reached here."""
    return SourcesWire.of(services().transfers.receiving.sources(who(request), form.space))


@partners.post("/damaged", summary="Tell of damaged copies", openapi_extra=answers(HoldsWire))
def damaged(request: HttpRequest, form: HoldsForm) -> object:
    """Copies of files of ours that are damaged at the caller; for each whether we knew of it."""
    knew = services().transfers.receiving.damaged(who(request), form.space, form.files)
    return HoldsWire(knew)


@partners.post("/doubt", summary="Ask to read files", openapi_extra=answers(DoneWire))
def doubt(request: HttpRequest, form: HoldsForm) -> object:
    """Files of a space here that came to the caller with other bytes than their sha256 says."""
    services().transfers.receiving.doubt(who(request), form.space, form.files)
    return DoneWire(done=True)


@partners.post("/cancel", summary="Say what will not come", openapi_extra=answers(DoneWire))
def cancel(request: HttpRequest, form: KeysForm) -> object:
    """Shipments that were announced and are not wanted any more."""
    services().transfers.receiving.cancel(who(request), form.keys)
    return DoneWire(done=True)


@router.get("/partners", summary="Partner sites", openapi_extra=answers(PartnersWire))
def every_partner(request: HttpRequest) -> object:
    """With what goes to them and comes from them; for administrators."""
    return PartnersWire(services().transfers.partners(who(request)))


@router.post("/partners/{name}/switch", summary="Send or not", openapi_extra=answers(DoneWire))
def switch(request: HttpRequest, name: str, form: AskedForm) -> object:
    """What is on its way arrives; nothing new leaves while it is off."""
    services().transfers.switch(who(request), name, on=form.on)
    return DoneWire(done=True)


@router.get("/alarms", summary="What a person should look at", openapi_extra=answers(AlarmsWire))
def alarms(request: HttpRequest) -> object:
    """Silent partners, stuck shipments, damage; for administrators."""
    return AlarmsWire(services().transfers.alarms(who(request)))


@router.get("/repairs", summary="Damaged files", openapi_extra=answers(RepairsWire))
def repairs(request: HttpRequest, limit: Page = 200) -> object:
    """Of all spaces, and from where each gets its bytes back; for administrators."""
    return RepairsWire(services().transfers.repairs(who(request), limit=limit))


@router.get("/rules", summary="Replication rules", openapi_extra=answers(RulesWire))
def every_rule(request: HttpRequest) -> object:
    """All of them, by name; for administrators."""
    return RulesWire.of(services().transfers.rules(who(request)))


@router.post("/rules", summary="Make a rule", openapi_extra=answers(RulesWire))
def new_rule(request: HttpRequest, form: RuleForm) -> object:
    """It works from now on, also for files that are there already, with the caller's rights."""
    asks = who(request)
    wanted = RuleInfo(owner_id=asks.user_id, **form.model_dump())
    return RulesWire.of([services().transfers.rule(asks, wanted)])


@router.post("/rules/try", summary="Try a rule", openapi_extra=answers(EstimateWire))
def try_rule(request: HttpRequest, form: RuleForm) -> object:
    """What it would send and how long that takes; nothing is made."""
    asks = who(request)
    wanted = RuleInfo(owner_id=asks.user_id, **form.model_dump())
    return EstimateWire(services().transfers.estimate(asks, wanted))


@router.get("/rules/{name}/estimate", summary="What is left", openapi_extra=answers(EstimateWire))
def estimate(request: HttpRequest, name: str) -> object:
    """What a rule has still to send and how long that takes."""
    return EstimateWire(services().transfers.estimate_of(who(request), name))


@router.post("/rules/{name}/switch", summary="Work or rest", openapi_extra=answers(DoneWire))
def switch_rule(request: HttpRequest, name: str, form: AskedForm) -> object:
    """What is on its way arrives."""
    services().transfers.switch_rule(who(request), name, on=form.on)
    return DoneWire(done=True)


@router.delete("/rules/{name}", summary="Drop a rule", openapi_extra=answers(DoneWire))
def drop_rule(request: HttpRequest, name: str) -> object:
    """What it sent stays where it is."""
    services().transfers.drop_rule(who(request), name)
    return DoneWire(done=True)


@router.get("/shipments", summary="Shipments, newest first", openapi_extra=answers(ShipmentsWire))
def shipments(
    request: HttpRequest,
    partner: Annotated[str, Field(max_length=100)] = "",
    *,
    open_only: bool = False,
    before: Number | None = None,
    limit: Page = 50,
) -> object:
    """Both ways; for administrators. Give `next_before` back as `before` for the next page."""
    found = services().transfers.shipments(
        who(request), before=before, partner=partner, only_open=open_only, limit=limit
    )
    return ShipmentsWire(found, found[-1].id if len(found) == limit else None)


@router.get("/shipments/{number}", summary="A shipment", openapi_extra=answers(ShipmentWire))
def shipment(request: HttpRequest, number: Number) -> object:
    """How it stands."""
    return ShipmentWire(services().transfers.shipment(who(request), number))


@router.get(
    "/shipments/{number}/files",
    summary="Files of a shipment",
    openapi_extra=answers(ShipmentFilesWire),
)
def files(request: HttpRequest, number: Number, after: After = 0, limit: Page = 1_000) -> object:
    """By number; give `next_after` back as `after` for the next page."""
    found = services().transfers.files(who(request), number, after=after, limit=limit)
    return ShipmentFilesWire(found, found[-1].n if len(found) == limit else None)


@router.post(
    "/shipments/{number}/cancel", summary="Cancel a shipment", openapi_extra=answers(ShipmentWire)
)
def cancel_shipment(request: HttpRequest, number: Number) -> object:
    """What has not arrived of it stays here; its rule sends it again later."""
    return ShipmentWire(services().transfers.cancel(who(request), number))
