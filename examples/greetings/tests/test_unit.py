import unittest

from greetings import GREETINGS, greet


class GreetingTest(unittest.TestCase):
    def test_everybody_is_greeted_by_name(self) -> None:
        for language, greeting in GREETINGS.items():
            with self.subTest(language):
                self.assertEqual(greet("Ada", language), f"{greeting}, Ada!")

    def test_nobody_is_a_stranger(self) -> None:
        self.assertEqual(greet(""), "Hello, stranger!")

    def test_an_unknown_language_names_the_known_ones(self) -> None:
        with self.assertRaisesRegex(ValueError, "de, en, es, fr"):
            greet("Ada", "tlh")
