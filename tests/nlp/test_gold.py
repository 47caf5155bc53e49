import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

import data
from nlp.gold import FOLDER, gold_labels, read_gold

DATA = Path(data.__file__).parent
HEADER = "conversation\tspeaker\trole\ttext\tquoted\tads\tads_kind\tsentiment\temotion\ttopic\ttoxicity\tquestion\tnote"
FIRST = "1\tA\tmember\t在吗\\n各位\t\tnot_ad\t\tneutral\tneutral\tchitchat\tnot_toxic\tquestion\t"
SECOND = "1\tB\tmember\t在\t在吗\\n各位\tnot_ad\t\tneutral\tneutral\tchitchat\tnot_toxic\tother\t"


@pytest.fixture(scope="module")
def gold():
    return read_gold()


def trigrams(text):
    plain = re.sub(r"\s+", "", text)
    return {plain[i : i + 3] for i in range(len(plain) - 2)}


def simulated_lines():
    """Lines of data/simulation, each with the first, second and third of its alternatives {a|b|c}."""
    for path in (DATA / "simulation").glob("*.toml"):
        todo = [tomllib.loads(path.read_text(encoding="utf-8"))]
        while todo:
            value = todo.pop()
            if isinstance(value, dict | list):
                todo += value.values() if isinstance(value, dict) else value
            elif isinstance(value, str):
                for line in re.split(r"\n|=>|⏎| \| ", value):
                    for i in range(3):
                        yield re.sub(r"\{([^{}]*)\}", lambda m, i=i: (m[1].split("|") * 3)[i], line.strip())


def written_lines():
    for path in (DATA / "written").glob("*/*.txt"):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield line.split("\t")[-1].replace("\\n", "\n")


def near_duplicates(texts, others, least=0.6):
    """(text, other) pairs whose sets of three characters overlap by `least` or more, or that are equal."""
    sets = [trigrams(text) if len(text) >= 8 else set() for text in texts]
    rows_with, exact = defaultdict(list), set(texts)
    for row, grams in enumerate(sets):
        for gram in grams:
            rows_with[gram].append(row)
    for other in others:
        if other in exact:
            yield other, other
            continue
        grams, shared = trigrams(other), defaultdict(int)
        for gram in grams:
            for row in rows_with.get(gram, ()):
                shared[row] += 1
        for row, both in shared.items():
            if len(other) >= 8 and both >= least * (len(grams) + len(sets[row]) - both):
                yield texts[row], other


def test_it_is_big_enough_and_every_text_stands_alone(gold):
    texts = gold.column("text").to_pylist()
    assert len(texts) >= 1500
    assert len(set(texts)) == len(texts)
    conversations = set(zip(gold["scene"].to_pylist(), gold["conversation"].to_pylist(), strict=True))
    assert len(conversations) >= 70


def test_every_label_occurs(gold):
    for name, legal in gold_labels().items():
        missing = set(legal) - set(gold.column(name).to_pylist())
        assert not missing, name


def test_emotion_goes_with_sentiment(gold):
    legal = {
        "positive": {"happy", "neutral", "surprise"},
        "neutral": {"neutral", "surprise"},
        "negative": {"angry", "sad", "fear", "surprise", "neutral"},
    }
    for row in gold.to_pylist():
        assert row["emotion"] in legal[row["sentiment"]], row["text"]


def test_it_stays_out_of_training(gold):
    texts = gold.column("text").to_pylist()
    for others in (written_lines(), simulated_lines()):
        found = list(near_duplicates(texts, others))
        assert not found, (
            "said in the gold set and in training data; reword the line in data/written or data/simulation"
        )


def test_near_duplicates_are_found():
    ours = ["今晚八点老地方集合，别迟到"]
    assert list(near_duplicates(ours, ["今晚八点老地方集合，别迟到啊", "明天下午去公园划船吧"]))


def test_context_is_what_was_said_before(tmp_path):
    (tmp_path / "a.tsv").write_text(
        "\n".join([HEADER, FIRST, SECOND, FIRST.replace("1\t", "2\t", 1)]), encoding="utf-8"
    )
    rows = read_gold(tmp_path).to_pylist()
    assert [row["context"] for row in rows] == [[], ["在吗\n各位"], []]
    assert rows[1]["quoted"] == "在吗\n各位"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (FIRST.replace("question", "perhaps"), r"a\.tsv:3: question is 'perhaps'"),
        (FIRST.replace("not_ad\t", "ad\t"), r"a\.tsv:3: ads is 'ad' and ads_kind ''"),
        (SECOND.replace("1\t", "2\t", 1), r"a\.tsv:3: what is quoted was not said"),
        (FIRST.rsplit("\t", 3)[0], r"a\.tsv:3: expected 13 cells"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, told):
    (tmp_path / "a.tsv").write_text("\n".join([HEADER, FIRST, line]), encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        read_gold(tmp_path)


def test_the_folder_says_how_it_was_labelled():
    assert (FOLDER / "README.md").is_file()
