"""Why a delivery did not arrive."""


class DeliveryError(Exception):
    """The receiver did not take it.

    Attributes:
        sentence: why, for people.
        reached: it answered (and refused); else it was not reached at all, and what else waits for
            it need not be tried now.
    """

    def __init__(self, sentence: str, *, reached: bool) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.reached = reached
