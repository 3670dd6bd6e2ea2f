# As an administrator, in a terminal of the hub. The library, pinned, for everybody:
sudo git clone --branch {branch} {repository} /srv/book
cd /srv/book
sudo -E /opt/tljh/user/bin/python -m pip install -r requirements-book.txt
# The chapters that train networks need torch as well; the build for processors is enough (see the README).
sudo -E /opt/tljh/user/bin/python -m pip install torch
# A chapter needs less than a gigabyte and one core.
sudo tljh-config set limits.memory 2G
sudo tljh-config set limits.cpu 1
sudo tljh-config set user_environment.default_app jupyterlab
sudo tljh-config reload
