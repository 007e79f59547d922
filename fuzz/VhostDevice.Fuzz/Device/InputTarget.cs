// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Devices.Input;
using VhostDevice.Fuzz.Ring;
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Device;

/// <summary>input: a touch screen that reports anything and loses some of it, a guest with buffers of any size that sends anything.</summary>
public sealed class InputTarget : IFuzzTarget
{
    private const byte Report = DeviceSteps.Own;
    private const byte Loss = DeviceSteps.Own + 1;
    private const byte Buffer = DeviceSteps.Own + 2;
    private const byte Status = DeviceSteps.Own + 3;
    private const byte Config = DeviceSteps.Own + 4;
    private const byte Gone = DeviceSteps.Own + 5;
    private const byte Move = DeviceSteps.Own + 6;
    private const byte Steps = DeviceSteps.Own + 7;

    private const int Events = 0;
    private const int Statuses = 1;

    public string Name => "input";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("report", [Buffer, 8, Buffer, 8, Report, 1, 1, 30, 1]),
        ("waits-for-a-buffer", [Report, 1, 1, 30, 1, Buffer, 8, Buffer, 8]),
        ("fingers", [Report, 3, 3, 0x2F, 2, 3, 0x39, 7, 3, 0x35, 9, Buffer, 8, Buffer, 8, Buffer, 8, Buffer, 8]),
        ("no-such-slot", [Report, 2, 3, 0x2F, 200, 3, 0x39, 7, Loss, 0]),
        ("loss", [Report, 1, 1, 30, 1, Loss, 1, Buffer, 8, Buffer, 8]),
        ("gone", [Buffer, 8, Buffer, 8, Report, 1, 1, 30, 1, Gone, Buffer, 8, Buffer, 8]),
        ("small-buffer", [Buffer, 7, Report, 1, 1, 30, 1]),
        ("led", [Status, 0x11, 0, 1, Status, 0x12, 2, 9, Status, 0x15, 0x60, 1, Status, 0xFF, 0xFF, 1]),
        ("config", [Config, 1, 0, Config, 0x11, 1, Config, 0x12, 0x35, Config, 0xFF, 0xFF]),
        ("moves", [Report, 1, 1, 30, 1, Move, 3, 0]),
        ("leaves", [Report, 1, 1, 30, 1, DeviceSteps.Reconnect, 0, Buffer, 8]),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input: events that the guest got, and what reached the device.</summary>
    public int Got { get; private set; }

    public int Reached { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        Source source = new();
        InputDevice? device = null;
        InputStatistics statistics = new();
        using DeviceRig rig = new(() => device = new InputDevice(source, statistics));
        int got = 0;
        rig.Looks = (queue, answer, used) =>
        {
            Promise.Keep(used == 0 || (queue == Events && used == InputEvent.Size), "an event is 8 bytes, and a status nothing");
            got += used > 0 ? 1 : 0;
        };
        ScriptReader script = new(input);
        while (!script.IsEmpty)
        {
            byte step = (byte)(script.Byte() % Steps);
            Behaviour |= 1UL << step;
            Do(rig, source, device!, step, ref script);
            rig.Turn();
        }

        (Got, Reached) = (got, source.Reached);
        Behaviour |= DeviceSteps.Amount(24, got) | DeviceSteps.Amount(32, source.Reached) | DeviceSteps.Amount(40, (int)statistics.ReadAgain);
        Probe(rig, source);
        rig.End();
    }

    private static void Do(DeviceRig rig, Source source, InputDevice device, byte step, ref ScriptReader script)
    {
        switch (step)
        {
            case Report:
                List<InputEvent> report = [];
                for (int left = script.Byte() % 40; left > 0; left--)
                    report.Add(new InputEvent((ushort)(script.Byte() % 0x20), script.Byte(), (sbyte)script.Byte()));
                source.Say([.. report, InputEvent.EndOfReport]);
                break;
            case Loss:
                source.Now.Apply(new InputEvent(InputTypes.Key, 30, script.Byte() & 1));
                source.Guest?.ReportLoss();
                break;
            case Buffer:
                rig.Offer(Events, [], 0, script.Byte(), 2);
                rig.Serve(Events);
                break;
            case Status:
                InputEvent status = new(script.Byte(), script.Byte(), script.Byte());
                rig.Offer(Statuses, MemoryMarshal.AsBytes(new ReadOnlySpan<InputEvent>(in status)), 2, 0, 0);
                rig.Serve(Statuses);
                break;
            case Config:
                Promise.Keep(device.TryWriteConfig(0, [script.Byte(), script.Byte()]), "the configuration can be written");
                Promise.Keep(device.Config[2] <= InputDescription.MaxBytes, "a selection has a size that there is room for");
                Promise.Keep(!device.Config[(8 + device.Config[2])..].ContainsAnyExcept((byte)0), "behind a selection there is nothing");
                break;
            case Gone:
                source.IsThere = !source.IsThere;
                source.Guest?.ReportLoss();
                break;
            case Move:
                System.Buffers.ArrayBufferWriter<byte> saved = new();
                device.SaveState(saved);
                byte[] state = saved.WrittenSpan.ToArray();
                state[script.Byte() * 7 % state.Length] ^= script.Byte();
                Promise.Keep(device.TryLoadState(1, state, out string problem), problem);
                source.Guest?.ReportLoss();
                break;
            default:
                DeviceSteps.Do(rig, step, ref script);
                break;
        }
    }

    // The next front-end gets a key, and nothing of what was before.
    private static void Probe(DeviceRig rig, Source source)
    {
        source.IsThere = true;
        source.Now.Clear();
        rig.Reconnect();
        rig.Turn();
        List<InputEvent> got = [];
        rig.Looks = (_, answer, used) => got.AddRange(MemoryMarshal.Cast<byte, InputEvent>(answer.AsSpan(0, used)));
        for (int i = 0; i < 2; i++)
            rig.Offer(Events, [], 0, InputEvent.Size, 1);
        rig.Serve(Events);
        source.Say([new InputEvent(InputTypes.Key, 30, 1), InputEvent.EndOfReport]);
        rig.Turn();
        Promise.Keep(got.Count == 2 && got[0] == new InputEvent(InputTypes.Key, 30, 1) && got[1].EndsReport, "the next front-end gets a key");
        rig.Looks = null;
    }

    private sealed class Source : IInputSource
    {
        internal Source() => Now = new InputState(Description);

        public string Label => "fuzz";

        public InputDescription Description { get; } = Made();

        internal InputState Now { get; }

        internal bool IsThere { get; set; } = true;

        internal IInputGuest? Guest { get; private set; }

        internal int Reached { get; private set; }

        private bool IsStarted { get; set; }

        public IInputStation Join(EventLoop loop, IInputGuest guest)
        {
            Guest = guest;
            return new Station(this);
        }

        internal void Say(ReadOnlySpan<InputEvent> report)
        {
            foreach (InputEvent value in report)
                Now.Apply(value);
            if (IsStarted)
                Guest!.Report(report);
        }

        private static InputDescription Made()
        {
            InputDescription made = new() { Name = "fuzz" };
            made.Add(InputTypes.Key, 30);
            made.Add(InputTypes.Led, 0);
            made.Add(InputTypes.Sound, 2);
            made.Add(InputTypes.ForceFeedback, 0x60);
            made.Add(0, new EvdevAxis(0, 0, 100, 0, 0, 0));
            made.Add(0x2F, new EvdevAxis(0, 0, 9, 0, 0, 0));
            made.Add(0x35, new EvdevAxis(0, 0, 100, 0, 0, 0));
            made.Add(0x39, new EvdevAxis(0, 0, 65535, 0, 0, 0));
            return made;
        }

        private sealed class Station(Source source) : IInputStation
        {
            public void Start() => source.IsStarted = true;

            public void Stop() => source.IsStarted = false;

            public bool TryRead(InputState target)
            {
                if (source.IsThere)
                    target.CopyFrom(source.Now);
                return source.IsThere;
            }

            public void Send(in InputEvent value)
            {
                Promise.Keep(value.Type is InputTypes.Led or InputTypes.Sound or InputTypes.ForceFeedback, "a guest says what it may");
                source.Reached++;
            }

            public void Dispose() => Stop();
        }
    }
}
