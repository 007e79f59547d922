// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Input;

/// <summary>An input device of the host's side: a device of the host, or a simulated one.</summary>
public interface IInputSource
{
    /// <summary>What people call it: a path, or a name on a board.</summary>
    string Label { get; }

    /// <summary>What it is now; a guest keeps what it was when it came.</summary>
    InputDescription Description { get; }

    /// <summary>Connects a guest, which gets nothing until <see cref="IInputStation.Start"/>.</summary>
    /// <param name="loop">Where the station is used.</param>
    IInputStation Join(EventLoop loop, IInputGuest guest);
}

/// <summary>A guest's place at an input device. Used on one loop; ends with <see cref="IDisposable.Dispose"/>.</summary>
public interface IInputStation : IDisposable
{
    /// <summary>Reports of the device go to the guest from now on. Repeating it does nothing.</summary>
    void Start();

    /// <summary>The guest gets nothing more, and what it lit or sounded ends. Repeating it does nothing.</summary>
    void Stop();

    /// <summary>What the device is in. Everything after that is reported, perhaps with some of what came before.</summary>
    /// <param name="target">Of the description that the guest has.</param>
    /// <returns>False: that cannot be known now; nothing is pressed then.</returns>
    bool TryRead(InputState target);

    /// <summary>An LED, a sound or a motor, which the device has: the guest wants it so.</summary>
    void Send(in InputEvent value);
}

/// <summary>What an input device tells a guest; from any thread.</summary>
public interface IInputGuest
{
    /// <summary>A whole report, with its end. What finds no room is replaced by the state that the device is in later.</summary>
    void Report(ReadOnlySpan<InputEvent> report);

    /// <summary>Events were lost, or anything may have changed: the state has to be read again.</summary>
    void ReportLoss();
}
