// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Can;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.Can;

/// <summary>A bus that a test plays: takes frames, or is busy, or refuses them.</summary>
internal sealed class TestCanBus(bool takesFd = true) : ICanBus
{
    private readonly Lock _lock = new();
    private readonly List<string> _journal = [];
    private CanSend _answer = CanSend.Sent;

    public string Name => "test";

    public bool TakesFd => takesFd;

    public bool ConfirmsSending { get; init; }

    /// <summary>Every frame was on the bus as soon as it is taken.</summary>
    internal bool ConfirmsAtOnce { get; set; }

    /// <summary>The guest that joined last.</summary>
    internal ICanGuest? Guest { get; private set; }

    /// <summary>What becomes of frames from now on.</summary>
    internal CanSend Answer
    {
        set
        {
            lock (_lock)
                _answer = value;
        }
    }

    /// <summary>What the guests did.</summary>
    internal string[] Journal
    {
        get
        {
            lock (_lock)
                return [.. _journal];
        }
    }

    public ICanStation Join(EventLoop loop, ICanGuest guest)
    {
        Guest = guest;
        return new Station(this);
    }

    private void Note(string what)
    {
        lock (_lock)
            _journal.Add(what);
    }

    private sealed class Station(TestCanBus bus) : ICanStation
    {
        public void Start() => bus.Note("start");

        public void Stop() => bus.Note("stop");

        public CanSend Send(in CanFrame frame, bool mayWait)
        {
            CanFrame copy = frame;
            lock (bus._lock)
            {
                if (bus._answer == CanSend.Sent)
                {
                    string kind = (frame.IsExtended ? "x" : "") + (frame.IsFd ? "f" : "") + (frame.IsRemote ? "r" : "");
                    if (bus.ConfirmsAtOnce)
                        bus.Guest!.Confirm(wasSent: true);
                    bus._journal.Add($"{frame.Id:x}{kind}#{frame.Length}:{Convert.ToHexStringLower(copy.Data)}");
                }

                return bus._answer;
            }
        }

        public void MadeRoom()
        {
        }

        public void Dispose() => bus.Note("leave");
    }
}
