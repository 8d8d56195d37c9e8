"""The words by which a sentence is told from a name: people ask or wish for something where their name is asked."""

from collections.abc import Iterable


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Nobody is called so: one of them is enough.
_NEVER_NAMES = _listed(
    """
    apply applying because could don't dont hello i'm interested looking name please recruiter salary should thank
    thanks think vacancy wanted wants what when where which who working would your
    буду вакансии вакансию вакансия вам вас где давайте здравствуй здравствуйте знаю зовут зачем имя
    интересует ищем ищу какая какие какой когда меня мне могу можете можно нужен нужна нужно очень пожалуйста
    подработка подработку подскажите почему привет просто работа работаю работать работал работала работу работы
    скажите сколько спасибо тебя устроиться фамилия хотел хотела хотим хочу человека что это
    """
)
# Some are called so, but hardly by two of them: “Anna Day”, “Job Cohen”, «Вера Утро». Words that are names of many,
# however short, are in neither list: “do”, “my”, “the”, “so”, «ли», «у», «на», «и».
_SELDOM_NAMES = _listed(
    """
    am are call can day evening for from full good have here hi how human i is it job jobs just know later learn me more
    morning need not of part really sir sorry sure tell there this time want was we why with work yes you
    бы вечер вы город день для добрый доброе если есть еще здесь из как мое мой моя мы не нет номер он она
    пока потом рекрутер так телефон тут ты утро хорошо человек я
    """
)


def is_sentence(words: Iterable[str]) -> bool:
    """Whether these words, at least two, say something rather than name somebody, in whatever capitals."""
    plain = [word.casefold().replace("ё", "е").replace("’", "'").strip(".-'") for word in words]
    return any(word in _NEVER_NAMES for word in plain) or sum(word in _SELDOM_NAMES for word in plain) > 1
