// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Input;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.Input;

/// <summary>An input device that a test plays.</summary>
internal sealed class TestSource : IInputSource
{
    private readonly Lock _lock = new();
    private readonly List<string> _journal = [];

    internal TestSource(InputDescription? description = null)
    {
        Description = description ?? Described();
        Now = new InputState(Description);
    }

    public string Label => "test";

    public InputDescription Description { get; }

    /// <summary>What the device is in.</summary>
    internal InputState Now { get; }

    /// <summary>Whether that can be read.</summary>
    internal bool IsReadable { get; set; } = true;

    internal IInputGuest? Guest { get; private set; }

    internal string[] Journal
    {
        get
        {
            lock (_lock)
                return [.. _journal];
        }
    }

    public IInputStation Join(EventLoop loop, IInputGuest guest)
    {
        Guest = guest;
        return new Station(this);
    }

    /// <summary>A touch screen with keys, LEDs, a switch and a motor.</summary>
    internal static InputDescription Described()
    {
        InputDescription made = new() { Name = "tést", SerialBytes = "s/n 7"u8, Bus = 3, Vendor = 0x1234, Product = 0x5678, Version = 0x9ABC };
        foreach (int key in (ReadOnlySpan<int>)[1, 30, 42, 0x14A, 767])
            made.Add(InputTypes.Key, key);
        made.Add(InputTypes.Relative, 8);
        made.Add(0, new EvdevAxis(5, -10, 4095, 4, 8, 12));
        made.Add(0x2F, new EvdevAxis(0, 0, 9, 0, 0, 0));
        made.Add(0x35, new EvdevAxis(0, 0, 4095, 0, 0, 10));
        made.Add(0x39, new EvdevAxis(0, 0, 65535, 0, 0, 0));
        made.Add(InputTypes.Misc, 4);
        made.Add(InputTypes.Switch, 0);
        made.Add(InputTypes.Led, 0);
        made.Add(InputTypes.Led, 1);
        made.Add(InputTypes.Sound, 2);
        made.Add(InputTypes.ForceFeedback, 0x60);
        made.AddProperty(1);
        return made;
    }

    internal static InputEvent Key(int code, int value) => new(InputTypes.Key, (ushort)code, value);

    internal static InputEvent Absolute(int code, int value) => new(InputTypes.Absolute, (ushort)code, value);

    /// <summary>The device reports events, and is as they say.</summary>
    internal void Report(params InputEvent[] events)
    {
        foreach (InputEvent value in events)
            Now.Apply(value);
        Guest!.Report([.. events, InputEvent.EndOfReport]);
    }

    private void Note(string line)
    {
        lock (_lock)
            _journal.Add(line);
    }

    private sealed class Station(TestSource source) : IInputStation
    {
        public void Start() => source.Note("start");

        public void Stop() => source.Note("stop");

        public bool TryRead(InputState target)
        {
            if (source.IsReadable)
                target.CopyFrom(source.Now);
            return source.IsReadable;
        }

        public void Send(in InputEvent value) => source.Note($"{value.Type:x} {value.Code} {value.Value}");

        public void Dispose() => source.Note("leave");
    }
}
