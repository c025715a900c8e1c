"""The story of a street: every fact of the journal as a Dutch sentence (English in the web catalogue)."""

import re

NUMBER = re.compile(r"-\d+$")

SENTENCES = {
    "signup.confirm_signup": "Iemand meldde zich aan en kreeg een mail om dat te bevestigen.",
    "signup.confirm_signup-n": "Herinnering gestuurd: bevestig uw aanmelding.",
    "signup.confirm_second": "De tweede gangmaker kreeg een mail met de vraag om mee te doen.",
    "signup.confirm_second-n": "Herinnering gestuurd aan de tweede gangmaker.",
    "signup.withdrawn-n": "Iemand zei nee. De gegevens zijn gewist.",
    "signup.expired-n": "Er kwam geen antwoord op tijd. De gegevens zijn gewist.",
    "street.joined": "Een gangmaker sloot zich aan.",
    "street.decided": "Het besluit na de intake is genomen. De gangmakers kregen bericht.",
    "street.year": "Er begon een nieuw jaar voor de straat.",
    "street.forgotten": "De bewaartermijn is voorbij. De gegevens van de gangmakers zijn gewist.",
    "intake.planned": "Het gesprek is gepland. De gangmakers kregen een uitnodiging.",
    "intake.invited": "Een nieuwe gangmaker kreeg de uitnodiging voor het gesprek ook.",
    "intake.reminded": "De gangmakers kregen een herinnering aan het gesprek.",
    "intake.recorded": "De uitkomst van het gesprek is vastgelegd.",
    "potje.reserved": "Het potje is voorgesteld en gereserveerd in het budget.",
    "potje.short": "Het potje is voorgesteld, maar er was te weinig budget. Het wacht op geld.",
    "potje.approved": "Het potje is goedgekeurd.",
    "potje.rejected": "Het potje is niet goedgekeurd. Het geld is weer vrij.",
    "potje.handed": "Het potje is uitgereikt. De gangmakers kregen de vraag om dat te bevestigen.",
    "potje.reminded": "Herinnering gestuurd: is het potje ontvangen?",
    "potje.told": "De gangmakers kregen bericht over hun potje.",
    "potje.withdrawn": "Het potje is ingetrokken. Het geld is weer vrij.",
    "potje.corrected": "De uitreiking is teruggedraaid. De gangmakers kregen bericht.",
    "potje.asked": "We vroegen nog eens of het potje is ontvangen.",
    "potje.received": "De gangmaker heeft wat is uitgereikt. Het is geboekt.",
    "potje.account": "De gangmakers kregen nog eens de vraag om hun rekeningnummer.",
    "potje.paid": "Het geld is geboekt voor de straat.",
    "potje.bounced": "De bank kon het potje niet uitbetalen. De gangmakers kregen bericht.",
    "account.given": "Een gangmaker gaf een rekeningnummer door.",
    "account.in_force": "Het rekeningnummer van de straat geldt vanaf nu.",
    "account.asked": "Er kwam een ander rekeningnummer. De gangmakers kregen de vraag of dat klopt.",
    "account.reminded": "Herinnering gestuurd: klopt het andere rekeningnummer?",
    "account.confirmed": "Het andere rekeningnummer is bevestigd. Het gaat na een dag in.",
    "account.kept": "Het andere rekeningnummer gaat niet door. Het oude blijft gelden.",
    "account.same": "De gangmakers gaven hetzelfde rekeningnummer nog eens door.",
    "account.gone": "Een rekeningnummer kon niet worden gebruikt en is gewist.",
    "street.attentie": "De straat schreef een attentie op.",
    "street.attentie_undone": "De straat haalde een attentie weer weg.",
    "street.story": "De straat schreef een verhaal op.",
    "street.story_withdrawn": "De straat haalde een verhaal weer weg.",
    "batch.frozen": "Het betaalbestand is samengesteld.",
    "batch.file": "Het betaalbestand is geschreven en bewaard, met zijn SHA-256 in het grootboek.",
    "batch.released": "Het betaalbestand is vrijgegeven voor de bank.",
    "batch.cancelled": "Het betaalbestand is geannuleerd. De potjes staan weer klaar.",
    "batch.late": "Er was nog geen bankafschrift op de dag dat we het verwachtten.",
    "batch.settled": "De bank heeft alle betalingen uit het bestand gemeld.",
    "approvals.chunk": "Potjes zijn samen goedgekeurd.",
    "budget.grant": "Er kwam geld van een geldgever bij in het budget.",
    "budget.less": "Er ging geld van het budget terug naar een geldgever.",
    "budget.move": "Er is geld verschoven naar een andere post van het budget.",
    "budget.expense": "Er is een uitgave geboekt.",
    "budget.correction": "Een boeking is gecorrigeerd.",
    "budget.placed": "Een regel van het bankafschrift kreeg een plek.",
    "year.closing": "Het boekjaar wordt afgesloten.",
    "year.closed": "Het boekjaar is afgesloten.",
}

UNTOLD = "Er is iets gebeurd waar nog geen zin voor is."


def sentence(fact: str) -> str:
    """The sentence of a fact's name. Reminders and ends carry a number, which the sentence leaves out."""
    return SENTENCES.get(NUMBER.sub("-n", fact), UNTOLD)
