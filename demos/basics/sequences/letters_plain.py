"""The letter machine in one function, to be copied."""


def letter_machine(text: str, steps: int = 250, length: int = 200, temperature: float = 0.7) -> str:
    """Teaches an LSTM which letter of a text (at least 50 letters) comes next, and lets it write `length` letters."""
    import torch
    from torch import nn

    letters = sorted(set(text))
    numbers = torch.tensor([letters.index(c) for c in text])
    embed, lstm, head = nn.Embedding(len(letters), 32), nn.LSTM(32, 128, batch_first=True), nn.Linear(128, len(letters))
    machine = nn.ModuleList([embed, lstm, head])
    adam = torch.optim.Adam(machine.parameters(), 5e-3)
    for _ in range(steps):
        at = torch.randint(len(numbers) - 48, (24, 1)) + torch.arange(49)  # 24 pieces of 49 letters
        piece = numbers[at]
        hidden, _ = lstm(embed(piece[:, :-1]))
        loss = nn.functional.cross_entropy(head(hidden).flatten(0, 1), piece[:, 1:].flatten())
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(machine.parameters(), 1.0)
        adam.step()
    written, state, letter = [], None, numbers[:1]
    with torch.no_grad():
        for _ in range(length):
            hidden, state = lstm(embed(letter[None]), state)
            letter = torch.multinomial(torch.softmax(head(hidden[0, -1]) / temperature, 0), 1)
            written.append(letters[int(letter)])
    return "".join(written)
