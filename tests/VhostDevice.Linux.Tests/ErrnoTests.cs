// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

public class ErrnoTests
{
    [Fact]
    public void Messages_are_those_of_the_C_library()
    {
        Assert.Equal("No such file or directory", Errno.ENOENT.Message);
        Assert.Equal("Resource temporarily unavailable", Errno.EAGAIN.ToString());
        Assert.Equal("Success", Errno.Success.Message);
        Assert.Contains("4000", new Errno(4000).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Success_is_the_default_and_no_error()
    {
        Assert.True(default(Errno).IsSuccess);
        Assert.False(Errno.Success.IsError);
        Assert.True(Errno.EIO.IsError);
        Assert.False(Errno.EIO.IsSuccess);
        Assert.Equal(new Errno(5), Errno.EIO);
    }

    [Fact]
    public void Last_is_the_failure_of_the_call_before()
    {
        Assert.Equal(-1, Libc.close(-1));
        Assert.Equal(Errno.EBADF, Errno.Last);
        Assert.Equal(-1, Libc.unlink("/"));
        Assert.Equal(Errno.EISDIR, Errno.Last);
    }
}
