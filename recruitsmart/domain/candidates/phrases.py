"""The words by which a sentence is told from a name: people ask or wish for something where their name is asked."""

import unicodedata


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Nobody is called so: one of them is enough.
_NEVER_NAMES = _listed(
    """
    agree agreed apply applying because could don't hello i'm interested it's looking name please recruiter salary
    should thank thanks think understand vacancy wanted wants what when where which who working would your
    бот буду вакансии вакансию вакансия где давайте здравствуй здравствуйте знаю зовут зачем имя
    интересует ищем ищу какая какие какой когда меня могу можете можно нужен нужна нужно очень пожалуйста
    подработка подработку подскажите понимаю понял поняла почему привет просто
    работа работаю работать работал работала работу работы
    скажите согласен согласна сколько спасибо тебя устроиться фамилия хотел хотела хотим хочу человека что
    """
)
# Some are called so, but hardly by two of them: “Anna Day”, “Job Cohen”, «Вера Утро». Words that are names of many,
# however short, are in neither list: “do”, “my”, “the”, “so”, «ли», «у», «на», «и».
_SELDOM_NAMES = _listed(
    """
    am are call day dont evening for from full good have here hi how human i is it job jobs just know later learn me
    more morning need not of part really sir sorry sure tell there this time want was we why with work yes you
    бы вам вас вечер вы город день для добрый доброе если есть еще здесь из как кто мне мое мой моя мы не нет
    номер он она пока потом рекрутер так телефон тут ты утро хорошо человек это я
    """
)


def is_sentence(typed: str) -> bool:
    """Whether these words say something rather than name somebody, in whatever capitals.

    What is said twice counts once: “Ivanov I. I.”, “Khin Me Me”.
    """
    words = unicodedata.normalize("NFC", typed).casefold().replace("ё", "е").replace("’", "'").split()
    plain = {word.strip(".-'") for word in words}
    return not plain.isdisjoint(_NEVER_NAMES) or len(plain & _SELDOM_NAMES) > 1
