// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Input;

/// <summary>An open input device of the host. No call waits for the device.</summary>
internal interface IInputNode : IDisposable
{
    /// <summary>Where <see cref="EvdevEvent"/>s are read; does not block, and fails with ENODEV once the device is gone.</summary>
    int Fd { get; }

    InputDescription Description { get; }

    /// <summary>Whether the device is still there.</summary>
    bool IsThere { get; }

    /// <summary>Reads what the device is in.</summary>
    bool TryRead(InputState target);

    /// <summary>Which LEDs are lit, a bitmap of 128 bytes.</summary>
    bool TryReadLeds(Span<byte> bits);

    /// <summary>Takes the device away from all other programs of the host, or gives it back.</summary>
    Errno SetGrabbed(bool on);

    Errno Write(in InputEvent value);
}
