"""The notes' network and the notes' training loop, as they stood there, but for what no longer runs.

What no longer runs: `np.Inf` (NumPy 2 has only `np.inf`), and `torch.save` of the best state, which is kept in memory
here. What is unwise but runs was left; `todays_loop` is the same thing as one would write it today.
"""

import copy
import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader


class Net(nn.Module):
    """(N, 3, 32, 32) pictures to (N, 10) logarithms of probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1)  # 32 x 32 px
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)  # 16 x 16
        self.conv3 = nn.Conv2d(32, 64, 3, padding=1)  # 8 x 8
        self.pool = nn.MaxPool2d(2, 2)
        self.dropout = nn.Dropout(0.25)
        self.fc1 = nn.Linear(64 * 4 * 4, 500)
        self.fc2 = nn.Linear(500, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = self.pool(F.relu(self.conv3(x)))
        x = x.view(-1, 64 * 4 * 4)
        x = self.dropout(x)
        x = F.relu(self.fc1(x))
        x = self.dropout(x)
        return F.log_softmax(self.fc2(x), dim=1)


def train(net: nn.Module, train_loader: DataLoader, valid_loader: DataLoader, epochs: int, log: dict) -> Iterator[int]:
    """Trains, and yields the epoch after each batch; what there is to say stands in `log`.

    log: "train", "valid" (mean loss of each epoch), "losses" (of each step), "said" (lines), "evaluations" (calls of
        the closure), "steps" (of the optimiser), and "best" (the state with the lowest validation loss).
    """
    criterion = nn.NLLLoss()
    optimizer = torch.optim.LBFGS(net.parameters(), max_iter=4)  # the rate is 1, its default
    valid_loss_min = math.inf
    log.update(train=[], valid=[], losses=[], said=[], evaluations=0, steps=0, best=None)
    for epoch in range(1, epochs + 1):
        train_loss = valid_loss = 0.0
        net.train()
        for data, target in train_loader:

            def closure(data: Tensor = data, target: Tensor = target) -> Tensor:
                optimizer.zero_grad()
                loss = criterion(net(data), target)  # another dropout mask at each call
                loss.backward()
                log["evaluations"] += 1
                return loss

            loss = optimizer.step(closure)  # calls the closure several times
            log["steps"] += 1
            log["losses"].append(loss.item())
            train_loss += loss.item() * data.size(0)
            yield epoch
        net.eval()
        for data, target in valid_loader:
            loss = criterion(net(data), target)  # builds the graph for a backward pass that never comes
            valid_loss += loss.item() * data.size(0)
        train_loss /= len(train_loader.dataset)  # type: ignore[arg-type]
        valid_loss /= len(valid_loader.dataset)  # type: ignore[arg-type]
        log["train"].append(train_loss)
        log["valid"].append(valid_loss)
        if valid_loss <= valid_loss_min:
            log["said"].append(
                f"Validation loss decreased ({valid_loss_min:.6f} --> {valid_loss:.6f}). Saving model ..."
            )
            log["best"] = copy.deepcopy(net.state_dict())
            valid_loss_min = valid_loss
        yield epoch
