// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>What went wrong between this front-end and the back-end.</summary>
public enum FrontEndFailure
{
    /// <summary>The socket could not be connected.</summary>
    Connect,

    /// <summary>Sending failed, or the back-end took no more bytes in time.</summary>
    Send,

    /// <summary>No answer came in time.</summary>
    Timeout,

    /// <summary>The back-end closed the connection.</summary>
    Disconnected,

    /// <summary>The answer is not one that the specification allows here.</summary>
    BadReply,

    /// <summary>The back-end said no.</summary>
    Refused,

    /// <summary>The back-end does not offer what was asked for.</summary>
    NotOffered,

    /// <summary>A system call of this process failed.</summary>
    System,
}

/// <summary>A request to a back-end failed. The message names the request and says what happened.</summary>
public sealed class FrontEndException : Exception
{
    public FrontEndException(FrontEndFailure failure, string message, FrontEndRequest? request = null, Errno errno = default)
        : base(message)
    {
        Failure = failure;
        Request = request;
        Errno = errno;
    }

    public FrontEndFailure Failure { get; }

    /// <summary>The request that was under way, if any.</summary>
    public FrontEndRequest? Request { get; }

    /// <summary>What the system call failed with, or success when none did.</summary>
    public Errno Errno { get; }

    internal static void ThrowIfError(Errno errno, string what)
    {
        if (errno.IsError)
            throw new FrontEndException(FrontEndFailure.System, $"{what}: {errno.Message}", errno: errno);
    }
}
