// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Linux.Tests;

/// <summary>AF_VSOCK sockets, as far as this machine's kernel has them.</summary>
public sealed class VmSocketTests
{
    private const uint AnyPort = uint.MaxValue;

    /// <summary>Accepted sockets inherit from their listener.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sockets_of_messages_hold_more_than_the_default(bool messages)
    {
        Errno errno = VmSocket.Listen(AnyPort, messages, out OwnedFd? listener);
        Assert.SkipUnless(errno.IsSuccess, $"no AF_VSOCK here: {errno}");
        using (listener)
            Assert.Equal(messages ? VmSocket.MessageBufferSize : 256 * 1024, VmSocket.BufferSize(listener!.Fd));
    }
}
