"""The words by which walls, banners, error pages and page furniture are known, by language. Data only.

All are matched against folded text (lower case, plain quotes and dashes). Each table says how.
"""

from __future__ import annotations

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern out of several, each an alternative."""
    return re.compile("(?:" + "|".join(patterns) + ")")


def each(words: str) -> frozenset[str]:
    """A table of words, written as one text so that it stays readable."""
    return frozenset(words.split())


# A heading under which only other stories follow: the whole line.
TAIL = any_of(
    r"(?:related|recommended|similar|popular|trending|latest|recent|more|most read|top|other|further)"
    r" (?:posts?|articles?|stories|reading|news|coverage|content|topics|links|videos?|resources|headlines)"
    r"(?: (?:from|on|in|about) .{1,40})?",
    r"you (?:may|might) (?:also )?(?:like|enjoy|be interested in).{0,20}",
    r"if you liked this post you might also like.{0,20}",
    r"(?:what to )?read (?:more|next|also|this next)",
    r"more (?:from|on|in|about|like this) ?.{0,40}",
    r"up next|recommended(?: for you)?|related|keep reading|don't miss|in case you missed it",
    r"editors?'? picks?|most (?:read|popular|viewed|commented)|trending(?: now)?",
    r"sponsored(?: content)?|from our partners|join the conversation|leave a (?:reply|comment)",
    r"(?:\d+ )?comments?|share this.{0,30}",
    # German
    r"mehr zum thema.{0,30}|auch interessant|das könnte sie auch interessieren|meistgelesen|zum thema",
    r"lesen sie (?:auch|mehr).{0,20}|weitere (?:artikel|themen|nachrichten|meldungen)",
    r"ähnliche(?: artikel| beiträge)?",
    # French, Spanish, Portuguese, Italian
    r"(?:à )?lire aussi|sur le même (?:sujet|thème)|articles? (?:liés|similaires)|à ne pas manquer",
    r"les plus lus|(?:te|le) puede interesar|(?:noticias|artículos) relacionad[oa]s|lee también",
    r"más (?:sobre|noticias).{0,30}|leia (?:também|mais)|notícias relacionadas|veja também",
    r"leggi anche|potrebbe interessarti|articoli correlati",
    # Dutch, Scandinavian, Polish
    r"lees ook|meer over .{1,30}|läs (?:också|mer)|les også|læs også",
    r"czytaj (?:więcej|także|też)|zobacz także",
)

# Invitations to sign up, share, follow, pay or log in: the beginning of a sentence.
INVITATION = any_of(
    r"(?:please )?(?:sign up|subscribe|log ?in|log ?out|register)\b",
    r"(?:follow|join) (?:us|me|our|@|.{1,40} on (?:twitter|x|facebook|instagram|google|whatsapp|linkedin))",
    r"share (?:this|on|it)\b|like (?:us on|this (?:story|article))",
    r"thanks? (?:you )?for (?:signing|subscribing)|thank you! your submission",
    r"get (?:the|our|all) .{0,60}(?:inbox|delivered|newsletter)|in your inbox|download (?:our|the) app",
    r"already a (?:subscriber|member)|create (?:a free|an) account",
    r"support (?:our|independent) (?:work|journalism)|you must confirm your",
    r"(?:oops! |sorry! )?something went wrong while|there was an error processing",
    r"(?:copyright|©) .{0,80}all rights reserved|all rights reserved|advertis(?:ing|er) disclosure",
    r"(?:story|article) continues (?:below|after)|skip to (?:main )?content|recommended videos?",
    r"(?:we|i) (?:may|might) earn (?:a|an) (?:small |affiliate )?commission",
    # German
    r"jetzt (?:abonnieren|anmelden|testen)|kostenlos (?:testen|abonnieren)|folgen sie uns",
    r"melden sie sich .{0,40}an\b|hat ihnen (?:der|dieser) artikel|unabhängiger journalismus braucht",
    # French, Spanish, Portuguese, Italian
    r"abonnez-vous|inscrivez-vous|suivez-nous|partagez? (?:sur|cet)",
    r"suscríbete|síguenos|regístrate|assine\b|inscreva-se|siga-nos|compartilhe",
    r"iscriviti|seguici|condividi",
    # Dutch, Swedish
    r"abonneer|schrijf je in|prenumerera|följ oss",
)

# Furniture: the whole line.
FURNITURE = any_of(
    r"advertisement|advertising|ad|anzeige|werbung|publicidad|publicité|pubblicità|article content",
    r"table of contents|in this article|(?:reading time:? )?\d{1,3} ?min(?:ute)?s?(?: read)?",
    r"share|print|save|sorry!?|loading|close|menu|search|tweet|facebook|twitter|linkedin|whatsapp",
    r"copy link|read more|(?:written|posted) by:?|skip to (?:main )?content|czytaj więcej",
)

# Markup that a bot wall carries and an article behind the same guard does not: anywhere in the source.
CHALLENGE_MARKUP = (
    "cf-chl-",
    "_cf_chl_opt",
    "px-captcha",
    "geo.captcha-delivery.com",
    "awswafcookiedomainlist",
)
# What a bot wall says: anywhere in a short text or its title.
CHALLENGE = any_of(
    r"^just a moment|attention required!|verify(?:ing)? (?:that )?you are (?:a )?human",
    r"are you a (?:robot|human)\b|^access denied|access to this page has been denied|incapsula incident",
    r"pardon our interruption|checking your browser|checking if the site connection is secure",
    r"enable javascript and cookies to continue|unusual (?:traffic|activity) from|bot verification",
    r"you have been blocked|please complete the captcha|robot check|^security check",
    r"sind sie ein (?:mensch|roboter)|vérification de sécurité|no soy un robot",
)

CONSENT_HOST = any_of(r"^(?:consent|cmp|cookies?|privacy|gdpr|datenschutz)[.-]", r"\.privacy-mgmt\.")
CONSENT_PATH = re.compile(
    r"/(?:consent|cookie-?wall|collectconsent|gdpr|privacy-?(?:gate|wall)|zustimmung)(?:[/.?]|$)"
)
# What a consent banner is made of: one may stand in any article, several in a short text are a banner.
CONSENT = any_of(
    r"\bcookies?\b|\bconsent\b|\bour (?:\d+ )?partners\b|\bprivacy (?:policy|settings|choices)",
    r"\bpersonal data\b|\blegitimate interest|\baccept all\b|\breject all\b|\bbefore you continue\b",
    r"\bmanage (?:settings|options|preferences|choices)|\bpersonali[sz]ed (?:ads|advertising|content)",
    r"\bstore and/or access\b|\bdatenschutz|\beinwilligung|\bzustimm(?:en|ung)|\bwerbung und tracking",
    r"\bpur-abo|\btraceurs\b|\bconsentement|\bnos partenaires|\bconsentimiento|\bnuestros socios",
    r"\bconsenso\b|\btoestemming\b|\bsamtyck",
    r"\bvie privée|\bdonnées personnelles|\btout (?:accepter|refuser)|\bnos \d+ partenaires",
    r"\bpublicités? (?:adaptées?|personnalisées?)|\balle (?:akzeptieren|ablehnen)|\bpersonenbezogene",
    r"\bprivacidad|\bdatos personales|\b(?:aceptar|rechazar) todo|\bnuestros \d+ socios",
    r"\bdati personali|\b(?:accetta|rifiuta) tutto|\bpersoonsgegevens|\balles accepteren",
    r"\bdados pessoais|\b(?:aceitar|rejeitar) tudo",
)

# An error page's heading or title.
NOT_FOUND = any_of(
    r"\b(?:error )?404\b|page (?:was |could )?not (?:be )?found|page cannot be found",
    r"(?:page|article|story|content) (?:you .{0,40})?(?:does not|doesn't|no longer) exist",
    r"(?:page|article|story|content) is (?:no longer|not) available|we can't find (?:the|that) page",
    r"nothing (?:was )?found|seite (?:wurde )?nicht gefunden|page (?:introuvable|non trouvée)",
    r"página no encontrada|página não encontrada|pagina non trovata|pagina niet gevonden",
    r"sidan (?:kunde inte hittas|hittades inte)|nie znaleziono strony",
)

# A paywall in plain words: anywhere in the page.
WALL = any_of(
    r"subscribe(?: now| today)? (?:to|and) (?:continue|keep|read|finish|unlock)",
    r"to (?:continue|keep) reading|to read the (?:full|whole|rest)",
    r"rest of (?:the|this) (?:story|article) is|unlock (?:this|the) (?:article|story)",
    r"this (?:article|story|content) is .{0,30}\bsubscribers|only for (?:our )?(?:paying )?subscribers",
    r"you(?:'ve| have) reached your (?:limit|free)|available to (?:our )?(?:paying )?subscribers",
    r"jetzt weiterlesen|weiterlesen mit|mit .{1,30}\+ weiterlesen|nur für abonnenten",
    r"réservé aux abonnés|la suite est réservée|contenido exclusivo|solo para suscriptores",
    r"exclusivo para assinantes|riservato agli abbonati|alleen voor abonnees|för prenumeranter",
    r"dla prenumeratorów",
)
# What pages of outlets with subscribers carry, walled or not: says something of a broken-off text only.
WALL_HINT = any_of(
    r"already (?:a |have a )?(?:subscriber|subscribed|subscription|member)|start your (?:free )?trial",
    r"subscribers? only|for subscribers|bereits abonnent|déjà abonné|sei già abbonato",
)
WALL_MARKUP = re.compile(
    r"(?:class|id)=[\"'][^\"']{0,200}\b(?:paywall|regwall|pay-wall|piano-(?:offer|inline)|subscriber-only"
    r"|premium-content|article-?gate|meter-?wall|subscription-(?:wall|required)|locked-content)"
)

# The end of a text that is not all there: its last characters, and its whole last line.
BROKEN_OFF = re.compile(r"(?:\.\.\.|…|\[(?:…|\.\.\.)\])[\s\"”’»)]*$")
CONTINUED = any_of(
    r"(?:read|see|view) (?:the )?(?:more|full (?:story|article|post)|rest|whole story)\b.{0,60}",
    r"continue reading\b.{0,60}|weiterlesen\b.{0,40}|mehr lesen|lire la suite\b.{0,40}|leer más",
    r"seguir leyendo|leia mais|continua a leggere|lees verder|läs mer",
)

# A part of an address that names a kind of listing: the whole part.
SECTION = any_of(
    r"category|categories|tags?|topics?|search|authors?|archives?|shop|store|products?|cart|login|signin",
    r"forums?|profile|users?|kategorie|thema|themen|suche|autoren?|rubrique|categoria|autor|etiqueta",
    r"jobs?|events?|faq|contact|about(?:-us)?|careers",
)
DATED_PATH = re.compile(r"/(?:19|20)\d\d[/-](?:0?[1-9]|1[0-2]|[a-z]{3})(?:[/-]|$)|/(?:19|20)\d{6}\b")
