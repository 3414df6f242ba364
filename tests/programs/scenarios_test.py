"""The scenarios' transcripts: what must be in them is computed here, not recorded."""

import re
import unittest

from programs import TINY_R1, ProgramTest, run


def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, number))


class Scenarios(ProgramTest):
    def turns(self, name):
        """Pairs of question and (reasoning, answer)."""
        finished = run(f"scenario_{name}", TINY_R1)
        self.assert_exit(finished, 0)
        self.assertEqual(finished.stderr, "")
        result = []
        for turn in ("\n" + finished.stdout).split("\n> ")[1:]:
            question, _, text = turn.partition("\n")
            reasoning, mark, answer = text.partition("\n</think>\n\n")
            self.assertTrue(mark, f"no reasoning: {turn}")
            self.assertTrue(reasoning.startswith("<think>\n"), turn)
            result.append((question, reasoning, answer.strip()))
        return result

    def test_chickens_and_rabbits(self):
        turns = self.turns("chickens_and_rabbits")
        for (question, _, answer), (heads, legs) in zip(turns, ((35, 94), (12, 34))):
            self.assertIn(str(heads), question)
            rabbits = (legs - 2 * heads) // 2
            self.assertIn(str(rabbits), answer)
            self.assertIn(str(heads - rabbits), answer)
        self.assertEqual(len(turns), 2)

    def test_is_prime(self):
        (_, _, answer), = self.turns("is_prime")
        code = re.search(r"```python\n(.*?)```", answer, re.DOTALL)[1]
        names = {}
        exec(compile(code, "answer", "exec"), {"__builtins__": {"range": range, "int": int}}, names)  # the model's own function
        for number in range(200):
            self.assertEqual(names["is_prime"](number), is_prime(number), number)

    def test_leave_email(self):
        (_, _, answer), = self.turns("leave_email")
        for said in ("李明", "3", "感冒"):
            self.assertIn(said, answer)

    def test_ten_turns(self):
        turns = self.turns("ten_turns")
        self.assertEqual(len(turns), 10)
        answers = {question: answer for question, _, answer in turns}
        facts = {"What is 12 + 30?": 12 + 30, "计算618-279": 618 - 279, "What is 45 - 21?": 45 - 21,
                 "Solve 4x - 9 = 51": (51 + 9) // 4, "Is 17 a prime number?": "17 is a prime number"}
        for question, fact in facts.items():
            self.assertIn(str(fact), answers[question])
        rabbits = (26 - 2 * 8) // 2
        self.assertIn(f"鸡有{8 - rabbits}只，兔有{rabbits}只", answers["鸡兔同笼，头共8个，脚共26只，问鸡兔各几只？"])
        for answer in answers.values():
            self.assertNotIn("think>", answer)
            self.assertTrue(answer)


if __name__ == "__main__":
    unittest.main()
