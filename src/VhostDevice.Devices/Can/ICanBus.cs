// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

/// <summary>A CAN bus of the host's side, to which guests are connected: an interface of the host, or a simulated one.</summary>
public interface ICanBus
{
    /// <summary>What people call it, such as "can0".</summary>
    string Name { get; }

    /// <summary>Whether it takes FD frames.</summary>
    bool TakesFd { get; }

    /// <summary>Whether it says when a frame was on the bus: <see cref="ICanGuest.Confirm"/>.</summary>
    bool ConfirmsSending => false;

    /// <summary>Connects a guest, whose controller is stopped at first.</summary>
    /// <param name="loop">Where the station is used.</param>
    /// <param name="guest">Gets what others send while the station is started.</param>
    ICanStation Join(EventLoop loop, ICanGuest guest);
}

/// <summary>What became of a frame that was to be sent.</summary>
public enum CanSend
{
    /// <summary>It is on its way.</summary>
    Sent,

    /// <summary>There is no room for it now; nothing was done.</summary>
    Busy,

    /// <summary>It cannot be sent.</summary>
    Failed,
}

/// <summary>A guest's place on a bus. Used on one loop; ends with <see cref="IDisposable.Dispose"/>.</summary>
public interface ICanStation : IDisposable
{
    /// <summary>Joins in. Repeating it does nothing.</summary>
    void Start();

    /// <summary>The guest gets nothing more. Repeating it does nothing.</summary>
    void Stop();

    /// <summary>Sends a frame to all others on the bus.</summary>
    /// <param name="mayWait">False: the guest has waited for long enough, and the bus need not be gentle with those that are
    /// slow to receive.</param>
    CanSend Send(in CanFrame frame, bool mayWait);

    /// <summary>The guest has received some of what waited for it, and <see cref="ICanGuest.HasRoom"/> holds.</summary>
    void MadeRoom();
}

/// <summary>What a bus tells a guest; from any thread.</summary>
public interface ICanGuest
{
    /// <summary>Whether a frame would be kept now.</summary>
    bool HasRoom { get; }

    /// <summary>A frame of the bus, one that the guest can use or not.</summary>
    /// <returns>False: there was no room, and the frame is lost to the guest.</returns>
    bool TryReceive(in CanFrame frame);

    /// <summary>The guest's controller has left the bus because of errors; it sends and receives nothing until it is started anew.</summary>
    void ReportBusOff();

    /// <summary>What was <see cref="CanSend.Busy"/> may have room now.</summary>
    void SendAgain();

    /// <summary>Whether <see cref="Confirm"/> is of interest; known when the station is started.</summary>
    bool WantsConfirmations => false;

    /// <summary>What became of the oldest frame of the guest that was <see cref="CanSend.Sent"/> and not confirmed yet. Nothing is
    /// said any more of frames from before the station stopped.</summary>
    /// <param name="wasSent">It was on the bus; false: it is lost.</param>
    void Confirm(bool wasSent)
    {
    }
}
