// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Sound;
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.Devices.Sound.Samples;
using VhostDevice.Fuzz.Ring;

namespace VhostDevice.Fuzz.Device;

/// <summary>sound: any request about any stream, buffers of any shape, and somebody who plugs and turns knobs meanwhile.</summary>
public sealed class SoundTarget : IFuzzTarget
{
    private const byte Ask = DeviceSteps.Own;
    private const byte Parameters = DeviceSteps.Own + 1;
    private const byte Play = DeviceSteps.Own + 2;
    private const byte Record = DeviceSteps.Own + 3;
    private const byte Buffer = DeviceSteps.Own + 4;
    private const byte Knob = DeviceSteps.Own + 5;
    private const byte State = DeviceSteps.Own + 6;
    private const byte Steps = DeviceSteps.Own + 7;

    private const int Requests = 0;
    private const int Events = 1;
    private const int Transmit = 2;
    private const int Receive = 3;

    private const byte Prepare = 2;
    private const byte Release = 3;
    private const byte Start = 4;
    private const byte Stop = 5;

    // S16 and 384 kHz: what a script plays is over soon.
    private static readonly byte[] s_set = [Parameters, 0, 5, 13, 2, 4, 8, 0, Parameters, 1, 5, 13, 2, 4, 8, 0];
    private static readonly byte[] s_run = [.. s_set, Ask, Prepare, 0, Ask, Prepare, 1, Ask, Start, 0, Ask, Start, 1];

    public string Name => "sound";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("information", [Ask, 0, 0, Ask, 0, 1, Ask, 16, 0, Ask, 17, 0, Ask, 18, 0]),
        ("life", [.. s_run, Ask, Stop, 0, Ask, Release, 0, Ask, Stop, 1, Ask, Release, 1]),
        ("wrong-steps", [Ask, Start, 0, Ask, Stop, 0, Ask, Release, 0, Ask, Prepare, 0, .. s_set, Ask, Start, 0, Ask, Prepare, 9]),
        ("released-with-buffers", [.. s_set, Ask, Prepare, 0, Play, 0, 2, Play, 0, 1, Ask, Release, 0]),
        ("recorded", [.. s_set, Ask, Prepare, 1, Record, 1, 4, Ask, Start, 1, Ask, Stop, 1, Ask, Release, 1]),
        ("bad-buffers", [.. s_run, Play, 1, 4, Play, 7, 4, Play, 0, 0, Record, 0, 4, DeviceSteps.Raw, 2, 0, 7, 2, 0, 0, DeviceSteps.Serve, 2, 1]),
        ("restart-with-buffers", [.. s_set, Ask, Prepare, 0, Play, 0, 2, Play, 0, 2, DeviceSteps.Restart, 2, Ask, Release, 0]),
        ("reconnect", [.. s_run, Play, 0, 4, DeviceSteps.Reconnect, 0, .. s_set, Ask, Prepare, 0]),
        ("events", [Buffer, 8, Buffer, 7, Buffer, 8, Knob, 0, Knob, 1, Knob, 2, Knob, 3, Knob, 0x41]),
        ("muted", [.. s_set, Knob, 3, Ask, Prepare, 1, Record, 1, 4, Ask, Start, 1, Ask, Stop, 1, Ask, Release, 1]),
        ("moved", [.. s_run, State, 0, 3]),
        ("moved-wrong", [.. s_run, State, 18, 9]),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input: requests that went well, those that did not, buffers that came back, events.</summary>
    public int Done { get; private set; }

    public int Refused { get; private set; }

    public int Buffers { get; private set; }

    public int Reports { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        SoundCable cable = new("a");
        SoundCard card = new(
        [
            new SoundPort("out0", SoundDirection.Output, 0, new CableLine(cable, plays: true), SoundAbilities.All, new SoundMeter()),
            new SoundPort("in0", SoundDirection.Input, 0, new CableLine(cable, plays: false), SoundAbilities.All),
            new SoundPort("in1", SoundDirection.Input, 1, new GeneratorLine(440), SoundAbilities.All with { MostChannels = 2 }),
        ]);
        SoundDevice? device = null;
        using DeviceRig rig = new(() => device = new SoundDevice(card, NullLogger.Instance));
        (Done, Refused, Buffers, Reports) = (0, 0, 0, 0);
        rig.Looks = Look;
        ScriptReader script = new(input);
        while (!script.IsEmpty)
        {
            byte step = (byte)(script.Byte() % Steps);
            Behaviour |= 1UL << step;
            Do(rig, card, device!, step, ref script);
            rig.Turn();
        }

        Behaviour |= DeviceSteps.Amount(16, Done) | DeviceSteps.Amount(24, Refused) | DeviceSteps.Amount(32, Buffers)
            | DeviceSteps.Amount(40, Reports);
        Probe(rig);
        rig.End();
    }

    private static void Do(DeviceRig rig, SoundCard card, SoundDevice device, byte step, ref ScriptReader script)
    {
        switch (step)
        {
            case Ask:
                byte code = script.Byte();
                uint kind = (code & 0xF0) switch { 0 => 0x100u, 0x10 => 0x300, 0x20 => 1, _ => 0x200 };
                Offer(rig, [kind + (code & 0xFu), script.Byte(), 1, 96, 0, 0]);
                break;
            case Parameters:
                uint stream = script.Byte();
                uint format = script.Byte(), rate = script.Byte(), channels = script.Byte();
                uint period = script.Byte(), buffer = script.Byte(), features = script.Byte();
                Offer(rig, [0x101, stream, buffer * 4, period * 4, features, channels | format << 8 | rate << 16]);
                break;
            case Play:
                byte[] frames = [script.Byte(), 0, 0, 0, .. new byte[script.Byte() % 64 * 4]];
                rig.Offer(Transmit, frames, 2, 8, 1);
                rig.Serve(Transmit);
                break;
            case Record:
                rig.Offer(Receive, [script.Byte(), 0, 0, 0], 1, script.Byte() % 64 * 4 + 8, 2);
                rig.Serve(Receive);
                break;
            case Buffer:
                rig.Offer(Events, [], 0, script.Byte(), 1);
                rig.Serve(Events);
                break;
            case Knob:
                Turn(card, script.Byte());
                break;
            case State:
                System.Buffers.ArrayBufferWriter<byte> saved = new();
                device.SaveState(saved);
                byte[] state = saved.WrittenSpan.ToArray();
                state[script.Byte() % state.Length] ^= script.Byte();
                // The rings stop before a device is saved or loaded.
                for (int queue = Transmit; queue <= Receive; queue++)
                    rig.Restart(queue);
                _ = device.TryLoadState(1, state, out _);
                break;
            default:
                DeviceSteps.Do(rig, step, ref script);
                break;
        }
    }

    private static void Turn(SoundCard card, byte knob)
    {
        SoundCommands commands = new([card], NullLogger.Instance);
        string port = card.Ports[(knob >> 3) % card.Ports.Count].Name;
        string line = (knob & 7) switch
        {
            0 => $"unplug {port}",
            1 => $"plug {port}",
            2 => $"volume {port} {knob}",
            3 => $"mute {port}",
            4 => $"unmute {port}",
            5 => $"scope {port}",
            6 => "show",
            _ => $"{knob} {port}",
        };
        _ = commands.Run(line, static _ => { });
    }

    private static void Offer(DeviceRig rig, ReadOnlySpan<uint> words)
    {
        rig.Offer(Requests, MemoryMarshal.AsBytes(words), 2, 128, 2);
        rig.Serve(Requests);
    }

    private void Look(int queue, byte[] answer, int used)
    {
        if (used == 0)
            return;
        if (queue == Events)
        {
            uint code = BinaryPrimitives.ReadUInt32LittleEndian(answer);
            Promise.Keep(used == 8 && code is 0x1000 or 0x1001 or 0x1100 or 0x1101 or 0x1200, "an event is one that there is");
            Reports++;
            return;
        }

        if (queue is Transmit or Receive)
        {
            Buffers++;
            return;
        }

        uint status = BinaryPrimitives.ReadUInt32LittleEndian(answer);
        Promise.Keep(status is >= 0x8000 and <= 0x8003, "a status is one that there is");
        Promise.Keep(status == 0x8000 || used == 4, "a refusal is nothing but that");
        _ = status == 0x8000 ? Done++ : Refused++;
    }

    // The next front-end gets the information that the last one got, and can play.
    private static void Probe(DeviceRig rig)
    {
        rig.Reconnect();
        int good = 0;
        rig.Looks = (queue, answer, used) =>
        {
            if (queue == Requests && used > 0)
                good += BinaryPrimitives.ReadUInt32LittleEndian(answer) == 0x8000 ? 1 : 0;
        };
        Offer(rig, [0x100, 0, 1, 32]);
        Offer(rig, [0x101, 0, 32, 16, 0, 2 | 5 << 8 | 13 << 16]);
        Offer(rig, [0x102, 0]);
        Offer(rig, [0x104, 0]);
        Offer(rig, [0x105, 0]);
        Offer(rig, [0x103, 0]);
        Promise.Keep(good == 6, "the next front-end can use a stream");
        rig.Looks = null;
    }
}
