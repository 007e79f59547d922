// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Linux.Tests.Sandbox;

/// <summary>On threads of their own, which take the restriction with them.</summary>
public class LandlockTests : LeakChecked
{
    // include/uapi/linux/landlock.h: what each version has added.
    [Theory]
    [InlineData(1, 0x1fff, 0, 0)]
    [InlineData(2, 0x3fff, 0, 0)]
    [InlineData(3, 0x7fff, 0, 0)]
    [InlineData(4, 0x7fff, 3, 0)]
    [InlineData(5, 0xffff, 3, 0)]
    [InlineData(6, 0xffff, 3, 1)]
    [InlineData(8, 0xffff, 3, 1)]
    [InlineData(9, 0x1ffff, 3, 1)]
    [InlineData(1000, 0x1ffff, 3, 1)]
    public void No_version_is_asked_for_more_than_it_knows(int version, ulong files, ulong net, ulong scoped)
    {
        LandlockRulesetAttr attributes = LandlockRuleset.Handled(version);
        Assert.Equal((files, net, scoped), (attributes.HandledAccessFs, attributes.HandledAccessNet, attributes.Scoped));
    }

    [Fact]
    public void Only_what_was_added_is_left()
    {
        using TempFolder folder = new();
        string own = Directory.CreateDirectory(folder.Path("own")).FullName, foreign = Directory.CreateDirectory(folder.Path("foreign")).FullName;
        foreach (string file in new[] { own + "/a", own + "/b", foreign + "/a" })
            File.WriteAllText(file, "");
        using LandlockRuleset ruleset = Create();
        ruleset.Add(own, FolderRights.RemoveFiles | FolderRights.ReadFiles).Ok();
        Assert.Equal(Errno.ENOENT, ruleset.Add(folder.Path("missing"), FolderRights.RemoveFiles));
        OnThread.Run(() =>
        {
            Restrict(ruleset);
            Errno opened = Files.Open(own + "/b", write: false, nonBlocking: false, out OwnedFd? fd);
            fd?.Dispose();
            Assert.Equal(Errno.Success, opened);
            Assert.Equal(Errno.EACCES, Files.Open(own + "/b", write: true, nonBlocking: false, out _));
            Assert.Equal(Errno.EACCES, Files.Open(foreign + "/a", write: false, nonBlocking: false, out _));
            Assert.Equal(Errno.EACCES, Files.Open("/dev/urandom", write: false, nonBlocking: false, out _));
            Assert.Equal(Errno.Success, Files.Unlink(own + "/a"));
            Assert.Equal(Errno.EACCES, Files.Unlink(foreign + "/a"));
            Assert.Equal(Errno.EACCES, UnixSocket.Listen(own + "/s", out _));
        });
        Assert.Equal([own + "/b", foreign + "/a"], Directory.GetFiles(own).Concat(Directory.GetFiles(foreign)));
        // The others go on as before.
        Files.Unlink(foreign + "/a").Ok();
    }

    /// <summary>A disk, an adapter or a chip that comes later is of no use without ioctl.</summary>
    [Fact]
    public void Devices_opened_later_can_be_controlled_where_that_was_added()
    {
        using LandlockRuleset without = Create();
        Assert.SkipUnless(without.Version >= 5, $"Landlock {without.Version} does not know of ioctl");
        using LandlockRuleset with = Create();
        without.Add("/dev", FolderRights.ReadFiles | FolderRights.WriteFiles).Ok();
        with.Add("/dev", FolderRights.ReadFiles | FolderRights.WriteFiles | FolderRights.ControlDevices).Ok();
        OnThread.Run(() =>
        {
            Restrict(without);
            Assert.Equal(Errno.EACCES, ControlNull());
        });
        OnThread.Run(() =>
        {
            Restrict(with);
            Assert.Equal(Errno.ENOTTY, ControlNull());
        });
    }

    [Fact]
    public void Folders_can_be_listed_where_that_was_added()
    {
        using TempFolder folder = new();
        string own = Directory.CreateDirectory(folder.Path("own")).FullName, foreign = Directory.CreateDirectory(folder.Path("foreign")).FullName;
        using LandlockRuleset ruleset = Create();
        ruleset.Add(own, FolderRights.ListFolders).Ok();
        ruleset.Add(foreign, FolderRights.ReadFiles).Ok();
        OnThread.Run(() =>
        {
            Restrict(ruleset);
            Assert.Empty(Directory.GetFiles(own));
            Assert.Throws<UnauthorizedAccessException>(() => Directory.GetFiles(foreign));
        });
    }

    [Fact]
    public void Sockets_can_be_made_where_that_was_added()
    {
        using TempFolder folder = new();
        using LandlockRuleset ruleset = Create();
        ruleset.Add(folder.Path("."), FolderRights.MakeSockets).Ok();
        OnThread.Run(() =>
        {
            Restrict(ruleset);
            Errno errno = UnixSocket.Listen(folder.Path("s"), out OwnedFd? listener);
            listener?.Dispose();
            Assert.Equal(Errno.Success, errno);
            Assert.Equal(Errno.EACCES, Files.Unlink(folder.Path("s")));
        });
    }

    // The fields that the headers of older distributions do not have.
    [Fact]
    public void Abstract_sockets_of_others_are_out_of_reach()
    {
        using LandlockRuleset ruleset = Create();
        Assert.SkipUnless(ruleset.Version >= 6, $"Landlock {ruleset.Version} has no scopes");
        string name = $"@vhost-device-{Guid.NewGuid()}";
        using OwnedFd server = Native.BindDatagram(name);
        UnixSocket.ConnectDatagram(name, out OwnedFd? before).Ok();
        using (before)
        {
            OnThread.Run(() =>
            {
                Restrict(ruleset);
                Assert.Equal(Errno.EPERM, UnixSocket.ConnectDatagram(name, out _));
                Assert.Equal(1, SendByte(before!));
            });
        }
    }

    [Fact]
    public void It_takes_no_new_privileges()
    {
        using LandlockRuleset ruleset = Create();
        OnThread.Run(() =>
        {
            ThreadPrivileges.DropCapabilities().Ok();
            Assert.Equal(Errno.EPERM, ruleset.Enforce(allThreads: false));
        });
    }

    private static unsafe Errno ControlNull()
    {
        const nuint tcgets = 0x5401;
        Files.Open("/dev/null", write: true, nonBlocking: false, out OwnedFd? fd).Ok();
        byte* terminal = stackalloc byte[256];
        using (fd)
            return Libc.ioctl(fd!.Fd, tcgets, terminal) < 0 ? Errno.Last : Errno.Success;
    }

    private static unsafe nint SendByte(OwnedFd fd)
    {
        byte one = 1;
        return FileIo.Write(fd.Fd, &one, 1, out _);
    }

    private static LandlockRuleset Create()
    {
        Errno errno = LandlockRuleset.Create(out LandlockRuleset? ruleset);
        Assert.SkipWhen(errno == Errno.ENOSYS || errno == Errno.EOPNOTSUPP || errno == Errno.EPERM, $"no Landlock here: {errno}");
        errno.Ok();
        Assert.InRange(ruleset!.Version, 1, 1000);
        return ruleset;
    }

    private static void Restrict(LandlockRuleset ruleset)
    {
        ThreadPrivileges.SetNoNewPrivileges().Ok();
        ruleset.Enforce(allThreads: false).Ok();
    }
}
