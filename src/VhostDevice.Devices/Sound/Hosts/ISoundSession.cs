// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound.Hosts;

/// <summary>A line in use, from PREPARE to RELEASE, which <see cref="IDisposable.Dispose"/> is. On the guest's loop; nothing here waits.</summary>
public interface ISoundSession : IDisposable
{
    /// <summary>
    /// Whether it takes and gives sound at the pace of a clock of its own, such as that of a sound card. Otherwise the device
    /// paces the stream by the host's clock, and the session takes what comes.
    /// </summary>
    bool HasClock => false;

    /// <summary>Bytes that were written and are not heard yet, or that were heard and not read yet.</summary>
    int DelayBytes { get; }

    /// <summary>It will take and give nothing any more. It has said why in the log.</summary>
    bool HasFailed => false;

    void Start()
    {
    }

    /// <summary>What was written is still played to its end. <see cref="Start"/> may follow.</summary>
    void Stop()
    {
    }

    /// <summary>Takes whole frames that are to be heard.</summary>
    /// <returns>Bytes taken; fewer than all when there is no room, and "moved" is called when there is.</returns>
    int Write(ReadOnlySpan<byte> frames) => frames.Length;

    /// <summary>Gives whole frames that were recorded.</summary>
    /// <returns>Bytes; fewer than there is room for: the rest is not there yet, and is silence where the device paces the stream.</returns>
    int Read(Span<byte> frames) => 0;
}
