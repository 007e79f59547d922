// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Devices.Input;
using VhostDevice.Linux;
using VhostDevice.TestKit;

namespace VhostDevice.Devices.Tests.Input;

/// <summary>A device of the host that is a pipe: what a test puts in is what the device reports.</summary>
internal sealed class FakeInputNode : IInputNode
{
    private readonly OwnedFd _read;
    private readonly OwnedFd _write;
    private readonly Lock _lock = new();
    private readonly List<string> _journal = [];

    internal FakeInputNode(InputDescription? description = null)
    {
        (_read, _write) = Expect.NewPipe();
        Description = description ?? TestSource.Described();
        Now = new InputState(Description);
    }

    public int Fd => _read.Fd;

    public InputDescription Description { get; }

    public bool IsThere { get; set; } = true;

    internal InputState Now { get; }

    internal byte[] Leds { get; } = new byte[InputDescription.MaxBytes];

    /// <summary>Whether what is written comes back, as the kernel does it.</summary>
    internal bool Echoes { get; set; }

    internal Errno GrabResult { get; set; }

    internal string[] Journal
    {
        get
        {
            lock (_lock)
                return [.. _journal];
        }
    }

    public bool TryRead(InputState target)
    {
        target.CopyFrom(Now);
        return true;
    }

    public bool TryReadLeds(Span<byte> bits)
    {
        Leds.CopyTo(bits);
        return true;
    }

    public Errno SetGrabbed(bool on)
    {
        Note(on ? "grab" : "let go");
        return GrabResult;
    }

    public Errno Write(in InputEvent value)
    {
        Note($"{value.Type:x} {value.Code} {value.Value}");
        if (Echoes)
            Put(value, InputEvent.EndOfReport);
        return Errno.Success;
    }

    /// <summary>The process is done with it: as when it was pulled out.</summary>
    public void Dispose()
    {
        Note("close");
        _read.Dispose();
        _write.Dispose();
    }

    /// <summary>Pulls it out.</summary>
    internal void Pull() => _write.Dispose();

    /// <summary>Has it say events, as they are.</summary>
    internal void Put(params ReadOnlySpan<InputEvent> events)
    {
        foreach (InputEvent value in events)
        {
            EvdevEvent made = new() { Type = value.Type, Code = value.Code, Value = value.Value };
            Expect.Write(_write, MemoryMarshal.AsBytes(new ReadOnlySpan<EvdevEvent>(in made)));
        }
    }

    /// <summary>Has it say a report, and be as that says.</summary>
    internal void Report(params ReadOnlySpan<InputEvent> events)
    {
        foreach (InputEvent value in events)
            Now.Apply(value);
        Put([.. events, InputEvent.EndOfReport]);
    }

    private void Note(string line)
    {
        lock (_lock)
            _journal.Add(line);
    }
}
