# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# usage: python3 - INTERFACE <can-ecu.py
# What python-can and scapy find on the bus of samples/car. It ends with an exception, or
# says "well".
import sys

import can
from scapy.config import conf

conf.contribs["CANSocket"] = {"use-python-can": False}
conf.contribs["ISOTP"] = {"use-can-isotp-kernel-module": True}
conf.verb = 0
from scapy.all import load_contrib  # noqa: E402

for name in ("isotp", "automotive.uds", "automotive.obd.obd"):
    load_contrib(name)
from scapy.contrib.automotive.obd.obd import *  # noqa: E402, F403
from scapy.contrib.automotive.uds import *  # noqa: E402, F403
from scapy.contrib.isotp import ISOTPNativeSocket  # noqa: E402

interface = sys.argv[1]
VIN = b"WVWZZZ1JZXW000001"


def same(found, expected):
    if found != expected:
        raise AssertionError(f"{found!r} is not {expected!r}")


def python_can():
    with can.Bus(interface, bustype="socketcan") as bus:
        same({bus.recv(1).arbitration_id for _ in range(5)}, {0x100})
        bus.set_filters([{"can_id": 0x7E8, "can_mask": 0x7F8}])
        ask = can.Message(arbitration_id=0x7DF, data=[2, 1, 0x0D], is_extended_id=False)
        bus.send(ask)
        # Both control units answer.
        same({bus.recv(1).arbitration_id for _ in range(2)}, {0x7E8, 0x7E9})


def uds():
    sock = ISOTPNativeSocket(interface, tx_id=0x7E0, rx_id=0x7E8, basecls=UDS)
    ask = lambda request: sock.sr1(request, timeout=5)
    same(ask(UDS() / UDS_RDBI(identifiers=[0xF190])).load, VIN)
    same(ask(UDS() / UDS_WDBI(dataIdentifier=0xF18C) / b"new").negativeResponseCode, 0x31)
    same(ask(UDS() / UDS_DSC(diagnosticSessionType=3)).service, 0x50)
    seed = ask(UDS() / UDS_SA(securityAccessType=1)).securitySeed
    key = (int.from_bytes(seed, "big") ^ 0x1A2B3C4D).to_bytes(4, "big")
    same(ask(UDS() / UDS_SA(securityAccessType=2, securityKey=key)).service, 0x67)
    same(ask(UDS() / UDS_WDBI(dataIdentifier=0xF18C) / b"written by s").service, 0x6E)
    same(ask(UDS() / UDS_RDBI(identifiers=[0xF18C])).load, b"written by s")
    codes = ask(UDS() / UDS_RDTCI(reportType=2, DTCStatusMask=0xFF))
    same(bytes(codes), bytes.fromhex("5902AF030100AF04200027"))
    same(ask(UDS() / UDS_RC(routineControlType=1, routineIdentifier=0x0203)).service, 0x71)
    same(ask(UDS() / UDS_TP()).service, 0x7E)
    # Into the programming session, and a routine that has the tester wait.
    same(ask(UDS() / UDS_DSC(diagnosticSessionType=2)).service, 0x50)
    seed = ask(UDS() / UDS_SA(securityAccessType=1)).securitySeed
    key = (int.from_bytes(seed, "big") ^ 0x1A2B3C4D).to_bytes(4, "big")
    same(ask(UDS() / UDS_SA(securityAccessType=2, securityKey=key)).service, 0x67)
    same(ask(UDS() / UDS_RC(routineControlType=1, routineIdentifier=0xFF00)).service, 0x71)
    same(ask(UDS() / UDS_ER(resetType=1)).service, 0x51)
    sock.close()
    wide = ISOTPNativeSocket(interface, tx_id=0x18DA10F1, rx_id=0x18DAF110, basecls=UDS)
    same(wide.sr1(UDS() / UDS_RDBI(identifiers=[0xF190]), timeout=5).load, VIN)
    wide.close()


def obd():
    sock = ISOTPNativeSocket(interface, tx_id=0x7E0, rx_id=0x7E8, basecls=OBD)
    ask = lambda request: sock.sr1(request, timeout=5)
    values = ask(OBD() / OBD_S01(pid=[0x0C, 0x05]))
    same(values.data_records[0].data, 850)
    same(values.data_records[1].data, 90)
    same(bytes(ask(OBD() / OBD_S03())), bytes.fromhex("43010301"))
    same(ask(OBD() / OBD_S09(iid=[2])).data_records[0].vehicle_identification_numbers[0], VIN)
    sock.close()


python_can()
uds()
obd()
print("well")
