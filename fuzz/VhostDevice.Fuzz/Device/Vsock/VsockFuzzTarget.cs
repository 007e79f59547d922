// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Net.Sockets;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Vsock;
using VhostDevice.Fuzz.Ring;
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Device.Vsock;

/// <summary>
/// vsock with two guests that may reach each other and host programs on Unix sockets: packets of any shape with few values for
/// each field, so that they meet connections in every state, few and small receive buffers, programs that come, stall and go.
/// </summary>
public sealed class VsockFuzzTarget : IFuzzTarget, IDisposable
{
    private const byte Packet = DeviceSteps.Own;
    private const byte Receive = DeviceSteps.Own + 1;
    private const byte Program = DeviceSteps.Own + 2;
    private const byte Greeting = DeviceSteps.Own + 3;
    private const byte Other = DeviceSteps.Own + 4;
    private const byte Reply = DeviceSteps.Own + 5;
    private const byte Steps = DeviceSteps.Own + 6;

    private const int RxQueue = 0;
    private const int TxQueue = 1;
    private const int EventQueue = 2;
    private const byte Request = 1;
    private const byte Response = 2;
    private const byte Rst = 3;
    private const byte Rw = 5;

    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(1);
    private static readonly ulong[] s_cids = [3, 4];
    private static readonly ulong[] s_destinations = [2, 2, 2, 3, 4, 5, 0, 0x1_0000_0002];
    private static readonly uint[] s_credit = [0, 1, 100, 4096, 65536, uint.MaxValue];

    // Made when the first input runs, and kept: folders and listeners are slow to make.
    private HostPrograms? _programs;
    private readonly VsockHeader[] _requests = new VsockHeader[s_cids.Length];
    private ulong _seen;

    public string Name => "vsock";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        (
            "to-the-host",
            [
                .. Room(4), .. Of(Request, 0, 1), .. Serve, Program, 0, 0, .. Of(Rw, 0, 1, 20), .. Serve, Program, 3, 0,
                Program, 1, 0, DeviceSteps.Turn, 0,
            ]),
        (
            "messages",
            [
                .. Room(4), .. Of(Request, 0, 2, type: 2), .. Serve, Program, 0, 1,
                .. Of(Rw, 0, 2, 20, type: 2, flags: 3), .. Serve, Program, 3, 0, Program, 2, 0, DeviceSteps.Turn, 0,
            ]),
        ("refused", [.. Room(2), .. Of(Request, 0, 3), .. Serve]),
        ("from-the-host", [.. Room(4), Greeting, 5, 0, DeviceSteps.Turn, 0, Reply, Response, 0, .. Serve, Program, 1, 0, DeviceSteps.Turn, 0]),
        (
            "half-closed",
            [
                .. Room(4), .. Of(Request, 0, 1), .. Serve, Program, 0, 0, .. Of(4, 0, 1, flags: 2), .. Serve, Program,
                1, 0, Program, 5, 0, DeviceSteps.Turn, 0, .. Of(4, 0, 1, flags: 3), .. Serve,
            ]),
        (
            "to-a-sibling",
            [
                .. Room(4), Other, Receive, 4, 10, .. Of(Request, 4, 6), .. Serve, DeviceSteps.Turn, 0, Other, Reply,
                Response, 0, Other, .. Serve, DeviceSteps.Turn, 0, .. Of(Rw, 4, 6, 20), .. Serve, DeviceSteps.Turn, 0,
            ]),
        ("without-buffers", [.. Of(Request, 0, 1), .. Of(Request, 0, 3), .. Serve, .. Room(3), DeviceSteps.Turn, 0]),
        ("unknown", [.. Room(4), .. Of(Rw, 0, 1, 9), .. Of(0, 0, 1), .. Of(7, 0, 1, type: 3), .. Serve]),
        ("short", [.. Room(1), DeviceSteps.Raw, TxQueue, 0, 0, 20, .. new byte[20], .. Serve]),
        (
            "leaves-in-between",
            [
                .. Room(4), .. Of(Request, 0, 1), .. Serve, Program, 0, 0, DeviceSteps.Reconnect, 0, Program, 1, 0,
                DeviceSteps.Turn, 0,
            ]),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input's script: packets that guests received, in all and of some kinds, and connections that programs took.</summary>
    public int Received { get; private set; }

    public int Responses { get; private set; }

    public int Resets { get; private set; }

    public int Payloads { get; private set; }

    public int Taken { get; private set; }

    private static byte[] Serve => [DeviceSteps.Serve, TxQueue, 63];

    public void Run(ReadOnlySpan<byte> input)
    {
        (Behaviour, _seen, Received, Responses, Resets, Payloads) = (0, 0, 0, 0, 0, 0);
        _requests.AsSpan().Clear();
        HostPrograms programs = _programs ??= new HostPrograms();
        VsockHub hub = new();
        using RigLoop loop = new();
        using HybridHost host = Listen(programs.SocketPath);
        using HybridHost none = Listen(programs.SocketPath + "-other");
        VsockGuest[] guests = [Guest(hub, s_cids[0], host), Guest(hub, s_cids[1], none)];
        Promise.Keep(host.Start(loop.Loop, guests[0]).IsSuccess && none.Start(loop.Loop, guests[1]).IsSuccess, "the host's side starts");
        DeviceRig[] rigs = [.. guests.Select((g, i) => Rig(g, i, hub, loop))];
        ScriptReader script = new(input);
        while (!script.IsEmpty)
        {
            byte step = (byte)(script.Byte() % Steps);
            DeviceRig rig = rigs[0];
            if (step == Other)
            {
                step = (byte)(script.Byte() % Steps);
                rig = rigs[1];
            }

            Behaviour |= 1UL << step;
            Do(rigs, rig, step, programs, ref script);
        }

        loop.Turn();
        Taken = programs.Taken;
        Behaviour |= _seen;
        Behaviour |= 1UL << (56 + Math.Min(BitOperations.Log2((uint)Taken + 1), 3));
        for (int i = 0; i < 3; i++)
        {
            rigs[0].Restart(i);
            rigs[1].Restart(i);
        }

        programs.Forget();
        Probe(rigs[0], programs);
        foreach (DeviceRig rig in rigs)
        {
            rig.End();
            rig.Dispose();
        }

        programs.Forget();
    }

    public void Dispose() => _programs?.Dispose();

    private static byte[] Room(byte buffers) => [Receive, buffers, 10];

    // From port 5 to one of the host's, or with a destination to port 6 of a guest.
    private static byte[] Of(byte op, byte destination, byte port, byte length = 0, byte type = 1, byte flags = 0) =>
        [Packet, 0, destination, port, op, type, flags, 4, 0, length];

    private static HybridHost Listen(string path)
    {
        File.Delete(path);
        Promise.Keep(UnixSocket.Listen(path, out OwnedFd? listener).IsSuccess, "a socket");
        Promise.Keep(UnixAddress.Create(path + "_", out UnixAddress? ports).IsSuccess, "an address");
        return new HybridHost(listener!, ports!, NullLogger.Instance);
    }

    private static VsockGuest Guest(VsockHub hub, ulong cid, IVsockHost host)
    {
        VsockGuest guest = new(cid, ["all"], host) { BufferSize = 4096, MaxConnections = 12 };
        Promise.Keep(hub.TryAdd(guest), "a guest finds its place");
        return guest;
    }

    private DeviceRig Rig(VsockGuest guest, int index, VsockHub hub, RigLoop loop) =>
        new(
            () => new VsockDevice(guest, hub, NullLogger.Instance) { StallPatience = s_patience },
            loop)
        {
            Looks = (queue, answer, used) => Look(s_cids[index], queue, answer, used),
        };

    private void Do(DeviceRig[] rigs, DeviceRig rig, byte step, HostPrograms programs, ref ScriptReader script)
    {
        switch (step)
        {
            case Packet:
                OfferPacket(rig, s_cids[Array.IndexOf(rigs, rig)], ref script);
                break;
            case Receive:
                int count = script.Byte() & 15;
                int size = script.Byte() * 16;
                for (int i = 0; i < count; i++)
                    rig.Offer(RxQueue, [], 0, size, 1 + (count & 3));
                rig.Serve(RxQueue);
                break;
            case Program:
                programs.Act(ref script);
                break;
            case Greeting:
                byte port = script.Byte();
                byte more = script.Byte();
                programs.Greet((more & 3) switch
                {
                    1 => $"CONNECT {port}\nmore",
                    2 => $"CONNECT {port}",
                    3 => $"CONNEKT {port}\n",
                    _ => $"CONNECT {port}\n",
                });
                break;
            case Reply:
                OfferReply(rig, in _requests[Array.IndexOf(rigs, rig)], script.Byte(), script.Byte());
                break;
            case Other:
                // Of the other's other there is none.
                break;
            default:
                DeviceSteps.Do(rig, step, ref script);
                break;
        }
    }

    private static void OfferPacket(DeviceRig rig, ulong cid, ref ScriptReader script)
    {
        byte source = script.Byte();
        byte destination = script.Byte();
        byte port = script.Byte();
        byte op = script.Byte();
        byte type = script.Byte();
        byte flags = script.Byte();
        byte credit = script.Byte();
        byte lie = script.Byte();
        int length = script.Byte();
        length *= (lie & 0x40) != 0 ? 40 : 1;
        VsockHeader header = new()
        {
            SourceCid = (lie & 0x20) != 0 ? 77 : cid,
            DestinationCid = s_destinations[destination % s_destinations.Length],
            SourcePort = 5 + (source & 3u),
            DestinationPort = port,
            Length = (lie & 0x10) != 0 ? (uint)length + lie : (uint)length,
            Type = type,
            Op = op,
            Flags = flags,
            BufferSize = s_credit[credit % s_credit.Length],
            Forwarded = (lie & 8) != 0 ? (uint)credit * 10 : 0,
        };
        byte[] packet = new byte[VsockHeader.Size + length];
        MemoryMarshal.Write(packet, in header);
        rig.Offer(TxQueue, packet, 1 + (lie & 7), (lie & 0x80) != 0 ? 8 : 0, 1);
    }

    // To the connection that somebody asked this guest for last.
    private static void OfferReply(DeviceRig rig, in VsockHeader request, byte op, byte length)
    {
        VsockHeader header = new()
        {
            SourceCid = request.DestinationCid,
            DestinationCid = request.SourceCid,
            SourcePort = request.DestinationPort,
            DestinationPort = request.SourcePort,
            Length = length,
            Type = request.Type,
            Op = op,
            BufferSize = 4096,
        };
        byte[] packet = new byte[VsockHeader.Size + length];
        MemoryMarshal.Write(packet, in header);
        rig.Offer(TxQueue, packet, 1, 0, 1);
    }

    private void Look(ulong cid, int queue, byte[] answer, int used)
    {
        if (used == 0)
            return;
        Promise.Keep(queue != TxQueue, "nothing is written into what a guest sends");
        if (queue == EventQueue)
        {
            Promise.Keep(used == 4, "an event is four bytes");
            return;
        }

        Promise.Keep(used >= VsockHeader.Size, "a packet has a header");
        VsockHeader header = MemoryMarshal.Read<VsockHeader>(answer);
        int op = (int)header.Op;
        Promise.Keep(op is >= Request and <= 7, "a packet has an operation that there is");
        Promise.Keep(header.DestinationCid == cid, "a packet is for the guest that gets it");
        Promise.Keep(header.Length == (uint)(used - VsockHeader.Size) && (header.Length == 0 || op == Rw), "a packet has the payload that it says");
        Promise.Keep(op == Rst || (int)header.Type is 1 or 2, "a packet is of a type that there is");
        if (op == Request)
            _requests[Array.IndexOf(s_cids, cid)] = header;
        Received++;
        Responses += op == Response ? 1 : 0;
        Resets += op == Rst ? 1 : 0;
        Payloads += op == Rw ? 1 : 0;
        _seen |= 1UL << (16 + op + (header.SourceCid == 2 ? 0 : 8) + ((int)header.Type == 2 ? 16 : 0));
    }

    // The next front-end is served, whatever the one before did.
    private static void Probe(DeviceRig rig, HostPrograms programs)
    {
        rig.Reconnect();
        bool answered = false;
        rig.Looks = (queue, answer, used) => answered |= queue == RxQueue && used > 0 && (int)MemoryMarshal.Read<VsockHeader>(answer).Op == Response;
        for (int i = 0; i < 8; i++)
            rig.Offer(RxQueue, [], 0, 256, 1);
        rig.Serve(RxQueue);
        VsockHeader header = new()
        {
            SourceCid = s_cids[0],
            DestinationCid = 2,
            SourcePort = 900,
            DestinationPort = HostPrograms.StreamPort,
            Type = 1,
            Op = Request,
            BufferSize = 4096,
        };
        byte[] packet = new byte[VsockHeader.Size + 4];
        MemoryMarshal.Write(packet, in header);
        rig.Offer(TxQueue, packet.AsSpan(0, VsockHeader.Size), 1, 0, 1);
        rig.Serve(TxQueue);
        rig.Turn();
        Promise.Keep(answered, "the next front-end connects");
        (header.Op, header.Length) = (Rw, 4);
        MemoryMarshal.Write(packet, in header);
        "well"u8.CopyTo(packet.AsSpan(VsockHeader.Size));
        rig.Offer(TxQueue, packet, 2, 0, 1);
        rig.Serve(TxQueue);
        rig.Turn();
        byte[] text = new byte[8];
        int length = programs.Take(0)?.Receive(text, 0, text.Length, SocketFlags.None, out _) ?? 0;
        Promise.Keep(text.AsSpan(0, length).SequenceEqual("well"u8), "what the next front-end sends arrives");
    }
}
