"""The JSON schema of an evaluation's report: what its readers may rely on."""

NUMBER = {"type": "number"}
INTERVAL = {
    "type": "object",
    "required": ["value", "low", "high"],
    "additionalProperties": False,
    "properties": {"value": NUMBER, "low": NUMBER, "high": NUMBER},
}
MAYBE = {"type": ["number", "null"]}
LEAD = {
    "ratio": MAYBE, "low": MAYBE, "high": MAYBE,
    "difference": NUMBER, "difference_low": NUMBER, "difference_high": NUMBER,
}  # fmt: skip
PAIR = {
    "type": "object",
    "required": ["a", "b", "metric", "ratio", "low", "high"],
    "additionalProperties": False,
    "properties": {
        "a": {"type": "string"}, "b": {"type": "string"}, "metric": {"type": "string"}, **LEAD
    },
}  # fmt: skip
NDCGS = {
    "additionalProperties": {
        "type": "object",
        "required": ["ndcg"],
        "additionalProperties": False,
        "properties": {"ndcg": INTERVAL},
    }
}
SLICE = {
    "type": "object",
    "required": ["key", "label", "n_users", "models"],
    "additionalProperties": False,
    "properties": {
        "key": {"type": "string"}, "label": {"type": "string"}, "n_users": {"type": "integer"},
        "models": NDCGS, "exposure": {"additionalProperties": NUMBER}, "liked_exposure": NUMBER,
    },
}  # fmt: skip
CHECK = {
    "type": "object",
    "required": ["name", "model", "passed", "detail"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"}, "model": {"type": "string"},
        "passed": {"type": "boolean"}, "detail": {"type": "string"},
    },
}  # fmt: skip
WIDEST = {
    "type": "object",
    "required": ["value", "low", "high", "most", "least"],
    "additionalProperties": False,
    "properties": {
        **INTERVAL["properties"], "most": {"type": "string"}, "least": {"type": "string"}
    },
}  # fmt: skip
GAP = {
    "type": "object",
    "required": ["accuracy", "exposure"],
    "additionalProperties": False,
    "properties": {"accuracy": WIDEST, "exposure": WIDEST},
}
VARIETY_METRICS = (
    "ndcg", "intra_list_diversity", "genre_diversity", "coverage", "novelty", "calibration"
)  # fmt: skip
POINT = {
    "type": "object",
    "required": ["slider", "amounts", "metrics", "paired"],
    "additionalProperties": False,
    "properties": {
        "slider": {"type": "number", "minimum": 0, "maximum": 1},
        "amounts": {
            "required": ["calibration", "diversity", "novelty"],
            "additionalProperties": NUMBER,
        },
        "metrics": {"required": list(VARIETY_METRICS), "additionalProperties": INTERVAL},
        "paired": {"required": list(LEAD), "properties": LEAD, "additionalProperties": False},
    },
}
PROPERTIES = {
    "format": {"const": 2},
    "split": {"enum": ["temporal", "member-time", "leave-one-out"]},
    "split_why": {"type": "string", "minLength": 10},
    "leaky": {"type": "boolean"},
    "k": {"type": "integer"},
    "data_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "n_users": {"type": "integer"},
    "n_eligible": {"type": "integer"},
    "models": {"additionalProperties": {"additionalProperties": INTERVAL}},
    "paired": {"type": "array", "items": PAIR},
    "slices": {"additionalProperties": {"type": "array", "items": SLICE}},
    "gaps": {"additionalProperties": {"additionalProperties": GAP}},
    "tradeoff": {"type": "array", "items": POINT},
    "checks": {"type": "array", "items": CHECK},
    "seconds": NUMBER,
    "seed": {"type": "integer"},
}
REPORT = {
    "type": "object",
    "required": list(PROPERTIES),
    "additionalProperties": False,
    "properties": PROPERTIES,
}
