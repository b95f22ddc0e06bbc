"""The pieces of the demo reviews: made-up people, neutral sentences, and opinions with a WORD to fill in.

demo.py fills the capital slots (WORD, ASPECT, NAME, ROLE). WORDS holds (negative, positive) words for each
kind of pattern; no neutral sentence uses one of them.
"""

ASPECTS = (
    "acting", "plot", "script", "music", "camera work", "dialogue", "ending", "opening scene", "pacing",
    "story", "lighting", "editing", "casting", "costume design", "voice work", "second act", "final chase",
    "soundtrack", "direction", "humour", "romance", "mystery", "lead performance", "supporting cast",
    "set design", "premise",
)  # fmt: skip
NAMES = (
    "Mara Quill", "Tobias Fenn", "Ines Halloway", "Old Garrick", "Petra Lund", "Captain Orsk", "Dinah Crowe",
    "Felix Ambrose", "Nora Tamsin", "Uncle Bertil", "Sela Voss", "Hugo Marchetti", "Wren Adeyemi",
    "Count Belasco", "Yuki Sorrel",
)  # fmt: skip
ROLES = (
    "baker", "lighthouse keeper", "retired boxer", "piano teacher", "taxi driver", "young widow",
    "village doctor", "travelling salesman", "radio host", "detective", "ferry captain", "school nurse",
    "clockmaker", "junior reporter", "park ranger", "violin player", "chess champion", "night guard",
    "beekeeper", "train conductor",
)  # fmt: skip

WORDS = {
    "quality": (
        ("bad", "dreadful", "dull", "weak", "clumsy", "terrible", "boring", "awful", "shallow", "lifeless",
         "sloppy", "tedious", "annoying", "ridiculous", "predictable", "forgettable", "poor", "messy"),
        ("good", "superb", "brilliant", "strong", "graceful", "wonderful", "gripping", "lovely", "moving",
         "clever", "charming", "beautiful", "fresh", "touching", "convincing", "memorable", "great",
         "elegant"),
    ),
    "feeling": (
        ("bored", "annoyed", "disappointed", "irritated", "let down", "tired", "cheated"),
        ("thrilled", "delighted", "moved", "amused", "impressed", "enchanted", "captivated"),
    ),
    "verb": (
        ("hated", "disliked", "regretted", "loathed", "resented"),
        ("loved", "enjoyed", "adored", "admired", "cherished"),
    ),
}  # fmt: skip

PATTERNS = {
    ("quality", "plain"): (
        "the ASPECT was WORD", "I found the ASPECT WORD", "the ASPECT felt WORD", "this is a WORD film",
        "it turned out to be a WORD movie", "NAME gave a WORD performance", "what a WORD picture this is",
    ),
    ("quality", "intensified"): (
        "the ASPECT was really WORD", "the ASPECT was utterly WORD",
        "I thought the ASPECT was extremely WORD", "the ASPECT felt so very WORD",
        "everything about the ASPECT was absolutely WORD", "it is a truly WORD film",
    ),
    ("quality", "negated"): (
        "the ASPECT was not WORD", "the ASPECT was never WORD", "the ASPECT wasn't WORD at all",
        "nobody could call the ASPECT WORD", "there is nothing WORD about the ASPECT",
        "the ASPECT is far from WORD", "this is not a WORD film", "I didn't find the ASPECT WORD",
    ),
    ("feeling", "plain"): (
        "I was WORD", "the ASPECT left me WORD", "we walked out WORD", "my whole family felt WORD",
        "I ended up WORD",
    ),
    ("feeling", "intensified"): (
        "I was completely WORD", "the ASPECT left me deeply WORD", "I was thoroughly WORD by the ASPECT",
        "all of us felt really WORD",
    ),
    ("feeling", "negated"): (
        "I was not WORD", "I was never WORD", "the ASPECT did not leave me WORD",
        "not for a minute was I WORD", "nobody in the room looked WORD",
    ),
    ("verb", "plain"): (
        "I WORD the ASPECT", "I WORD every minute", "my sister WORD it", "we all WORD the ASPECT",
    ),
    ("verb", "intensified"): (
        "I really WORD the ASPECT", "I absolutely WORD it", "everyone around me truly WORD the ASPECT",
    ),
    ("verb", "negated"): (
        "nobody WORD it", "I can't say that I WORD the ASPECT", "not once have I WORD the ASPECT",
        "none of us WORD the ASPECT",
    ),
}  # fmt: skip

OPENINGS = (
    "I saw this on a rainy Sunday with my brother.", "A friend lent me the disc last week.",
    "The story begins in a small harbour town.", "NAME plays a ROLE who moves to the coast.",
    "It was shown late at night on a local channel.", "My neighbour asked me to watch this one.",
    "This came out the year I left school.", "Set in the winter of 1962, it follows a ROLE.",
    "I had read the book before.", "We picked it because of the poster.", "The cinema was half full.",
    "Here is another tale about a ROLE and a ROLE.", "I knew little about it beforehand.",
    "NAME wrote and directed this one.",
)  # fmt: skip
FILLERS = (
    "NAME plays a ROLE.", "NAME is the ROLE who keeps the secret.", "The ROLE meets a ROLE at the station.",
    "Then a letter arrives and the two of them travel north.", "Most of it takes place inside one house.",
    "It runs for about two hours.", "There are subtitles in three languages.",
    "NAME and NAME share most of the scenes.", "A ROLE disappears, and the police ask questions.",
    "The middle part is told in flashbacks.", "It was filmed on an island in the spring.",
    "The ROLE has a dog called Biscuit.", "Some scenes were shot in black and white.",
    "The second half moves to the city.", "There is a wedding, a storm and a long train ride.",
    "I watched it with my parents.", "The narrator is a ROLE, as we learn later.",
    "NAME appears for only five minutes.", "Half of the crew came from the theatre.",
    "The ROLE owes money to NAME.", "They search the old mill for a map.",
    "A trial follows, with NAME as the judge.", "It is based on a short novel.",
    "The credits list forty stunt people.", "On the way home we talked about the weather.",
)  # fmt: skip
