"""One rank of a distributed data-parallel training step; reports its loss and the parameters."""

import os
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from report import report

dist.init_process_group("gloo", timeout=timedelta(seconds=60))
rank = dist.get_rank()

torch.manual_seed(rank)  # a different model and data on every rank; DDP must make the models equal
model = DistributedDataParallel(torch.nn.Linear(4, 2))
before = [parameter.detach().clone() for parameter in model.parameters()]
loss = model(torch.randn(8, 4)).pow(2).mean()
loss.backward()
torch.optim.SGD(model.parameters(), lr=0.1).step()
report(rank=rank, loss=loss.item(),
       before=[parameter.flatten().tolist() for parameter in before],
       after=[parameter.flatten().tolist() for parameter in model.parameters()])
dist.barrier()
dist.destroy_process_group()
os._exit(0)  # PyTorch's threads sometimes abort a process that exits normally under load
